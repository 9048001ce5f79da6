// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"net/http"
	"slices"
	"strconv"
)

func robotRoutes() []Route {
	return []Route{
		rest("POST /robots", "").to((*call).createRobot),
		rest("GET /robots/{robot_id}", "").to((*call).getRobot),
		rest("PUT /robots/{robot_id}", "").to((*call).putRobot),
	}
}

type robotBody struct {
	Name        string       `json:"name"`
	Description string       `json:"description"`
	Level       string       `json:"level"`
	Duration    int64        `json:"duration"`
	Disable     bool         `json:"disable"`
	Permissions []permission `json:"permissions"`
}

func (c *call) createRobot() error {
	if err := c.needAdmin("robot:create"); err != nil {
		return err
	}
	var in robotBody
	if err := c.read(&in); err != nil {
		return err
	}
	r, err := c.addRobot(in)
	if err != nil {
		return err
	}
	location := apiPrefix + "/robots/" + strconv.FormatInt(r.id, 10)
	c.w.Header().Set("Location", location)
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(http.StatusCreated)
	c.w.Write(encode(object{ //nolint:errcheck,gosec // the client that went away is told nothing
		"creation_time": stamp(r.created), "expires_at": r.expires, "id": r.id, "name": r.login, "secret": r.secret,
	}))
	return nil
}

// addRobot checks what Harbor checks and adds an account with a new secret.
func (s *Server) addRobot(in robotBody) (*robot, error) {
	login, number := "robot$"+in.Name, "0:"+in.Name
	for _, p := range in.Permissions {
		if err := s.checkPermission(p); err != nil {
			return nil, err
		}
		if in.Level == "project" {
			login, number = "robot$"+p.Namespace+"+"+in.Name, strconv.FormatInt(s.projects[p.Namespace].id, 10)+":"+p.Namespace+"+"+in.Name
		}
	}
	if len(in.Permissions) == 0 {
		return nil, badRequest("bad request empty permission")
	}
	if slices.ContainsFunc(s.robots, func(r *robot) bool { return r.login == login }) {
		return nil, conflict("robot account %s already exists", number)
	}
	now := s.now()
	r := &robot{id: s.nextID("robot"), name: in.Name, login: login, description: in.Description, secret: newUUID(), level: in.Level,
		duration: in.Duration, expires: -1, disabled: in.Disable, created: now, updated: now, permissions: in.Permissions}
	if in.Duration > 0 {
		r.expires = now.AddDate(0, 0, int(in.Duration)).Unix()
	}
	s.robots = append(s.robots, r)
	return r, nil
}

func (s *Server) checkPermission(p permission) error {
	table := known()
	if p.Kind == "system" {
		table = knownToSystem()
	} else if p.Namespace != "*" && s.projects[p.Namespace] == nil {
		return notFound("project %s not found", p.Namespace)
	}
	for _, a := range p.Access {
		if !slices.Contains(table[a.Resource], a.Action) {
			return badRequest("bad request permission: %s:%s", a.Resource, a.Action)
		}
	}
	return nil
}

func (c *call) robot() (*robot, error) {
	for _, r := range c.robots {
		if strconv.FormatInt(r.id, 10) == c.param("robot_id") {
			return r, nil
		}
	}
	return nil, notFound("robot %s not found", c.param("robot_id"))
}

func (c *call) getRobot() error {
	if err := c.needAdmin("robot:read"); err != nil {
		return err
	}
	r, err := c.robot()
	if err != nil {
		return err
	}
	out := object{
		"creation_time": stamp(r.created), "creator_ref": 1, "creator_type": "local", "disable": r.disabled, "duration": r.duration,
		"editable": true, "expires_at": r.expires, "id": r.id, "level": r.level, "name": r.login,
		"permissions": r.permissions, "update_time": stamp(r.updated),
	}
	if r.description != "" {
		out["description"] = r.description
	}
	return c.json(out)
}

func (c *call) putRobot() error {
	if err := c.needAdmin("robot:create"); err != nil {
		return err
	}
	r, err := c.robot()
	if err != nil {
		return err
	}
	var in robotBody
	if err := c.read(&in); err != nil {
		return err
	}
	for _, p := range in.Permissions {
		if err := c.checkPermission(p); err != nil {
			return err
		}
	}
	r.disabled, r.description, r.permissions, r.updated = in.Disable, in.Description, in.Permissions, c.now()
	return c.done(http.StatusOK)
}
