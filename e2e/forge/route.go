// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

const enterprisePrefix = "/api/v3"

// Route is one operation of the API that the server implements.
type Route struct {
	// Method and Path are as GitHub's documentation has them, with {owner} and the like.
	Method, Path string
	// Permission is the App permission that it takes ("contents"), empty for
	// none, and Access the level ("read", "write").
	Permission, Access string

	handle func(*call) error
}

// to gives a route a handler.
func (r Route) to(h func(*call) error) Route {
	r.handle = h
	return r
}

// rest makes a route from "METHOD /path", and "permission:access".
func rest(operation, permission string) Route {
	method, path, _ := strings.Cut(operation, " ")
	name, access, _ := strings.Cut(permission, ":")
	return Route{Method: method, Path: path, Permission: name, Access: access}
}

// Routes lists the REST operations that the server implements, by path.
func Routes() []Route {
	all := slices.Concat(accountRoutes(), appRoutes(), repoRoutes(), refRoutes(), objectRoutes(), contentRoutes(),
		historyRoutes(), pullRoutes(), reviewerRoutes(), issueRoutes(), labelRoutes(), statusRoutes(), hookRoutes())
	slices.SortStableFunc(all, func(a, b Route) int { return strings.Compare(a.Path, b.Path) })
	return all
}

func notImplemented(r *http.Request) *apiError {
	return &apiError{Status: http.StatusNotImplemented, Message: "this stand-in does not implement " + r.Method + " " + r.URL.Path}
}

// dispatch authenticates, finds the repository, checks permissions, takes the
// repository's lock and runs the handler.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request, route Route) {
	entryOf(r).Route = route.Method + " " + route.Path
	c := &call{Server: s, w: w, r: r, route: route, links: baseOf(r)}
	err := c.authenticate()
	if err == nil {
		err = c.run()
	}
	if err != nil {
		s.fail(w, r, err)
	}
}

func (c *call) run() error {
	c.rateHeaders()
	if err := c.overLimit(); err != nil {
		return err
	}
	done, err := c.admit()
	if err != nil {
		return err
	}
	defer done()
	if c.r.PathValue("repo") != "" {
		if err := c.enterRepo(); err != nil {
			return err
		}
		c.repo.mu.Lock()
		defer c.repo.mu.Unlock()
	}
	return c.route.handle(c)
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var known *apiError
	if !errors.As(err, &known) {
		if known = fromGit(err); known.Status == http.StatusInternalServerError {
			s.log.Error("answering a request", "method", r.Method, "path", r.URL.Path, "error", err)
		}
	}
	writeError(w, known)
}
