// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
)

func projectRoutes() []Route {
	return []Route{
		rest("POST /projects", "").to((*call).createProject),
		rest("HEAD /projects", "").to((*call).headProject),
		rest("GET /projects/{project_name}", "").to((*call).getProject),
		rest("PUT /projects/{project_name}", "project:update").to((*call).putProject),
		rest("DELETE /projects/{project_name}", "project:delete").to((*call).deleteProject),
		rest("POST /projects/{project_name}/immutabletagrules", "immutable-tag:create").to((*call).createTagRule),
	}
}

type projectBody struct {
	Name         string                     `json:"project_name"`
	Public       *bool                      `json:"public"`
	Metadata     map[string]json.RawMessage `json:"metadata"`
	StorageLimit *int64                     `json:"storage_limit"`
	Allowlist    *allowlistBody             `json:"cve_allowlist"`
}

type allowlistBody struct {
	Expires *int64 `json:"expires_at"`
	Items   []struct {
		ID string `json:"cve_id"`
	} `json:"items"`
}

// metadata are the settings that came along: strings, whatever they say.
func (b projectBody) metadata() (map[string]string, error) {
	out := map[string]string{}
	for name, raw := range b.Metadata {
		var value *string
		if err := json.Unmarshal(raw, &value); err != nil {
			return nil, invalid("parsing body body from %q failed, because json: cannot unmarshal %s into Go struct field ProjectMetadata.metadata.%s of type string", "", kindOf(raw), name)
		}
		if value != nil {
			out[name] = *value
		}
	}
	if b.Public != nil && out["public"] == "" {
		out["public"] = strconv.FormatBool(*b.Public)
	}
	return out, nil
}

func kindOf(raw json.RawMessage) string {
	switch raw[0] {
	case 't', 'f':
		return "bool"
	case '{':
		return "object"
	case '[':
		return "array"
	}
	return "number"
}

func (c *call) createProject() error {
	if err := c.needAdmin("project:create"); err != nil {
		return err
	}
	var in projectBody
	if err := c.read(&in); err != nil {
		return err
	}
	metadata, err := in.metadata()
	if err != nil {
		return err
	}
	if !validProject(in.Name) {
		return badRequest("project name is not in lower case or contains illegal characters")
	}
	limit := int64(-1)
	if in.StorageLimit != nil {
		limit = *in.StorageLimit
	}
	p := c.addProject(in.Name, metadata, limit)
	if p == nil {
		return conflict("The project named %s already exists", in.Name)
	}
	return c.created(apiPrefix + "/projects/" + strconv.FormatInt(p.id, 10))
}

func (c *call) headProject() error {
	if c.who == nil {
		return unauthorized()
	}
	if c.projects[c.query("project_name")] == nil {
		return notFound("")
	}
	return c.done(http.StatusOK)
}

// project finds the project of the path for somebody with a permission in it.
func (c *call) project(permission string) (*project, error) {
	name := c.param("project_name")
	if err := c.need(name, permission); err != nil {
		return nil, err
	}
	p := c.projects[name]
	if p == nil {
		return nil, notFound("project %s not found", name)
	}
	return p, nil
}

func (c *call) getProject() error {
	p, err := c.project("project:read")
	if err != nil {
		return err
	}
	out := object{
		"creation_time": stamp(p.created), "update_time": stamp(p.updated), "current_user_role_ids": nil,
		"cve_allowlist": p.allowed.render(p.id), "metadata": p.metadata, "name": p.name, "owner_id": 1, "owner_name": administrator,
		"project_id": p.id, "repo_count": len(p.repos),
	}
	if c.who != nil && c.who.admin {
		out["current_user_role_id"], out["current_user_role_ids"] = 1, []int{1}
	}
	return c.json(out)
}

func (a allowlist) render(project int64) object {
	items := []object{}
	for _, id := range a.cves {
		items = append(items, object{"cve_id": id})
	}
	out := object{"creation_time": never, "id": a.id, "items": items, "project_id": project, "update_time": never}
	if a.expires != nil {
		out["expires_at"] = *a.expires
	}
	return out
}

func (c *call) putProject() error {
	p, err := c.project("project:update")
	if err != nil {
		return err
	}
	var in projectBody
	if err := c.read(&in); err != nil {
		return err
	}
	metadata, err := in.metadata()
	if err != nil {
		return err
	}
	maps.Copy(p.metadata, metadata)
	if in.Allowlist != nil {
		p.allowed.expires, p.allowed.cves = in.Allowlist.Expires, nil
		for _, item := range in.Allowlist.Items {
			p.allowed.cves = append(p.allowed.cves, item.ID)
		}
	}
	return c.done(http.StatusOK)
}

// deleteProject is unrecorded: Harbor refuses one that is not empty with 412.
func (c *call) deleteProject() error {
	p, err := c.project("project:delete")
	if err != nil {
		return err
	}
	if len(p.repos) > 0 {
		return precondition("the project %s contains repositories, can not be deleted", p.name)
	}
	delete(c.projects, p.name)
	return c.done(http.StatusOK)
}

func validProject(name string) bool {
	return projectName.MatchString(name) && len(name) <= 255
}

// location names the API's address of something below a repository.
func (r *repository) location() string {
	return fmt.Sprintf("%s/projects/%s/repositories/%s", apiPrefix, r.project.name, encodedTwice(r.short()))
}
