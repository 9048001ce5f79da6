// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

const artifactPath = "/projects/{project_name}/repositories/{repository_name}/artifacts"

func artifactRoutes() []Route {
	one := artifactPath + "/{reference}"
	return []Route{
		rest("GET "+artifactPath, "artifact:list").to((*call).listArtifacts),
		rest("GET "+one, "artifact:read").to((*call).getArtifact),
		rest("DELETE "+one, "artifact:delete").to((*call).deleteArtifact),
		rest("POST "+one+"/tags", "tag:create").to((*call).createTag),
		rest("GET "+one+"/tags", "tag:list").to((*call).listTags),
		rest("DELETE "+one+"/tags/{tag_name}", "tag:delete").to((*call).deleteTag),
	}
}

func (c *call) found() (*artifact, error) { return c.artifact(c.wanted(), c.param("reference")) }

// listArtifacts knows the filter digest=… alone. Parts of an index are not
// listed, as in Harbor.
func (c *call) listArtifacts() error {
	r, err := c.repository(c.wanted())
	if err != nil {
		return err
	}
	digest, filtered := strings.CutPrefix(c.query("q"), "digest=")
	out := []object{}
	for _, a := range slices.Backward(r.artifacts) {
		if filtered && a.digest != digest || !filtered && r.isPart(a) {
			continue
		}
		out = append(out, c.render(a))
	}
	return c.list(out)
}

// isPart reports whether an artifact has no tag and belongs to an index.
func (r *repository) isPart(a *artifact) bool {
	return len(a.tags) == 0 && slices.ContainsFunc(r.artifacts, func(o *artifact) bool { return slices.Contains(o.children(), a) })
}

func (c *call) getArtifact() error {
	a, err := c.found()
	if err != nil {
		return err
	}
	return c.json(c.render(a))
}

func (c *call) deleteArtifact() error {
	a, err := c.found()
	if err != nil {
		return err
	}
	if err := a.immutable(); err != nil {
		return err
	}
	a.repo.drop(a)
	return c.done(http.StatusOK)
}

var tagName = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)

// createTag never moves a tag; a push under it does.
func (c *call) createTag() error {
	var in struct {
		Name *string `json:"name"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	if in.Name == nil || *in.Name == "" {
		return invalid("validation failure list:\nvalidation failure list:\nname in body is required")
	}
	a, err := c.found()
	if err != nil {
		return err
	}
	if !tagName.MatchString(*in.Name) {
		return badRequest("bad request: invalid tag name: %s", *in.Name)
	}
	if a.repo.find(*in.Name) != nil {
		return conflict("tag %s already exists under the repository %d", *in.Name, a.repo.id)
	}
	c.put(a, *in.Name)
	return c.done(http.StatusCreated)
}

func (c *call) listTags() error {
	a, err := c.found()
	if err != nil {
		return err
	}
	return c.list(a.renderTags(c.asked("with_immutable_status", false)))
}

func (c *call) deleteTag() error {
	a, err := c.found()
	if err != nil {
		return err
	}
	name := c.param("tag_name")
	if a.tag(name) == nil {
		return notFound("tag %s attached to artifact %d not found", name, a.id) // unrecorded
	}
	if a.repo.protects(name) {
		return protected(name)
	}
	a.tags = slices.DeleteFunc(a.tags, func(t *tag) bool { return t.name == name })
	return c.done(http.StatusOK)
}
