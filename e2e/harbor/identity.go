// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"net/http"
	"slices"
	"strings"
)

// administrator is the one user there is.
const administrator = "admin"

// identity is who asks.
type identity struct {
	admin bool
	robot *robot
	// token is what a token for the registry allows; nil for a password.
	token *grant
	// scanner is set for the scanner's own account, which may pull what
	// nobody may.
	scanner bool
}

// basic finds who asks by the password that came along; nil where none came.
func (s *Server) basic(r *http.Request) (*identity, error) {
	user, password, ok := r.BasicAuth()
	if !ok {
		return nil, nil //nolint:nilnil // nobody in particular
	}
	return s.login(user, password)
}

func (s *Server) login(user, password string) (*identity, error) {
	if user == administrator && password == s.password {
		return &identity{admin: true}, nil
	}
	for _, r := range s.robots {
		if r.login == user && r.secret == password && !r.disabled && (r.expires < 0 || r.expires > s.now().Unix()) {
			return &identity{robot: r, scanner: r.scanner}, nil
		}
	}
	return nil, unauthorized()
}

// may reports whether somebody has a permission ("scan:create") in a project.
// Anybody may look at what is public.
func (s *Server) may(who *identity, project, permission string) bool {
	switch {
	case who != nil && who.admin:
		return true
	case who != nil && who.robot != nil && who.robot.has(project, permission):
		return true
	}
	p := s.projects[project]
	return p != nil && p.metadata["public"] == "true" && slices.Contains(publicly(), permission)
}

// publicly are the permissions that everybody has in a public project.
// unrecorded: taken from Harbor's table of roles.
func publicly() []string {
	return []string{"project:read", "repository:pull", "repository:list", "repository:read", "artifact:read", "artifact:list", "artifact-addition:read", "tag:list"}
}

// need fails unless the caller has a permission in a project.
func (c *call) need(project, permission string) error {
	if c.may(c.who, project, permission) {
		return nil
	}
	if c.who == nil {
		return unauthorized()
	}
	return forbidden()
}

// needAdmin fails unless the administrator asks, or a robot of the system with
// a permission that is none of a project.
func (c *call) needAdmin(permission string) error {
	switch {
	case c.who == nil:
		return unauthorized()
	case c.who.admin, c.who.robot.hasSystem(permission):
		return nil
	}
	return forbidden()
}

// projectOf is the first part of a repository's name.
func projectOf(repository string) string {
	project, _, _ := strings.Cut(repository, "/")
	return project
}
