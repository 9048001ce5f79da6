// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

var projectName = regexp.MustCompile(`^[a-z0-9]+(?:[._-][a-z0-9]+)*$`)

func repositoryRoutes() []Route {
	return []Route{
		rest("GET /projects/{project_name}/repositories", "repository:list").to((*call).listRepositories),
		rest("GET /projects/{project_name}/repositories/{repository_name}", "repository:read").to((*call).getRepository),
		rest("DELETE /projects/{project_name}/repositories/{repository_name}", "repository:delete").to((*call).deleteRepository),
	}
}

// wanted is the whole name of the repository in the path.
func (c *call) wanted() string { return c.param("project_name") + "/" + c.param("repository_name") }

func encodedTwice(name string) string { return url.PathEscape(url.PathEscape(name)) }

func (r *repository) render() object {
	return object{
		"artifact_count": len(r.artifacts), "creation_time": stamp(r.created), "id": r.id, "name": r.name,
		"project_id": r.project.id, "pull_count": 0, "update_time": stamp(r.updated),
	}
}

// listRepositories knows the filter name=~PART alone.
func (c *call) listRepositories() error {
	p, err := c.project("repository:list")
	if err != nil {
		return err
	}
	part, _ := strings.CutPrefix(c.query("q"), "name=~")
	var found []*repository
	for _, r := range p.repos {
		if strings.Contains(r.name, part) {
			found = append(found, r)
		}
	}
	out := []object{}
	for _, r := range byID(found, func(r *repository) int64 { return r.id }) {
		out = append(out, r.render())
	}
	return c.list(out)
}

func (c *call) getRepository() error {
	r, err := c.repository(c.wanted())
	if err != nil {
		return err
	}
	return c.json(r.render())
}

// deleteRepository is unrecorded.
func (c *call) deleteRepository() error {
	r, err := c.repository(c.wanted())
	if err != nil {
		return err
	}
	for _, a := range r.artifacts {
		if err := a.immutable(); err != nil {
			return err
		}
	}
	for _, a := range append([]*artifact{}, r.artifacts...) {
		r.drop(a)
	}
	delete(r.project.repos, r.name)
	return c.done(http.StatusOK)
}
