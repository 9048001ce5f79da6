// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// apiPrefix is where Harbor's API is.
const apiPrefix = "/api/v2.0"

// Route is one operation of the API that the server implements.
type Route struct {
	// Method and Path are as in Harbor's description of its API.
	Method, Path string
	// Permission is what a robot account needs for it in the project of the
	// path ("scan:create"); empty where the handler decides.
	Permission string

	handle func(*call) error
}

// to gives a route a handler.
func (r Route) to(h func(*call) error) Route {
	r.handle = h
	return r
}

// rest makes a route from "METHOD /path" and a permission.
func rest(operation, permission string) Route {
	method, path, _ := strings.Cut(operation, " ")
	return Route{Method: method, Path: path, Permission: permission}
}

// Routes lists the operations that the server implements, by path.
func Routes() []Route {
	all := slices.Concat(systemRoutes(), projectRoutes(), robotRoutes(), repositoryRoutes(), artifactRoutes(), scanRoutes(), scannerRoutes())
	slices.SortStableFunc(all, func(a, b Route) int { return strings.Compare(a.Path, b.Path) })
	return all
}

type router struct {
	server *Server
	routes []compiled
}

type compiled struct {
	Route
	path  *regexp.Regexp
	names []string
}

func (s *Server) newAPI() *router {
	out := &router{server: s}
	for _, route := range Routes() {
		out.routes = append(out.routes, compile(route))
	}
	// The more of a path is literal, the earlier it is tried.
	slices.SortStableFunc(out.routes, func(a, b compiled) int { return strings.Count(a.Path, "{") - strings.Count(b.Path, "{") })
	return out
}

func compile(route Route) compiled {
	out := compiled{Route: route}
	var pattern []string
	for part := range strings.SplitSeq(route.Path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			out.names = append(out.names, strings.TrimSuffix(name, "}"))
			part = "([^/]+)"
		}
		pattern = append(pattern, part)
	}
	out.path = regexp.MustCompile("^" + apiPrefix + strings.Join(pattern, "/") + "$")
	return out
}

// ServeHTTP answers 501 where no route matches, and 404 where Harbor has none
// because a repository's name came with plain slashes.
func (x *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, route := range x.routes {
		if route.Method != r.Method {
			continue
		}
		if m := route.path.FindStringSubmatch(r.URL.EscapedPath()); m != nil {
			for i, name := range route.names {
				value, err := url.PathUnescape(m[i+1])
				if err != nil {
					value = m[i+1]
				}
				r.SetPathValue(name, value)
			}
			x.server.dispatch(w, r, route.Route)
			return
		}
	}
	if slashes.MatchString(r.URL.EscapedPath()) {
		writeError(w, r, notFound("path %s was not found", r.URL.Path))
		return
	}
	writeError(w, r, &apiError{Status: http.StatusNotImplemented, Code: "NOT_IMPLEMENTED", Message: "this stand-in does not implement " + r.Method + " " + r.URL.Path})
}

var slashes = regexp.MustCompile(`^` + apiPrefix + `/projects/[^/]+/repositories/[^/]+/[^/]+/artifacts`)

// dispatch authenticates, checks permissions and runs the handler.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request, route Route) {
	body, err := readBody(r)
	if err == nil {
		err = s.run(&call{Server: s, w: w, r: r, body: body}, route)
	}
	if err != nil {
		writeError(w, r, err)
	}
}

func (s *Server) run(c *call, route Route) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := crossSite(c.r); err != nil {
		return err
	}
	var err error
	if c.who, err = s.basic(c.r); err != nil {
		return err
	}
	if route.Permission != "" {
		if err := c.need(c.param("project_name"), route.Permission); err != nil {
			return err
		}
	}
	return route.handle(c)
}

// crossSite refuses what a browser with a session might have been made to send:
// Harbor wants a token with it, even where a password came along.
func crossSite(r *http.Request) error {
	if _, err := r.Cookie("sid"); err != nil || safe(r.Method) {
		return nil
	}
	return &apiError{Status: http.StatusForbidden, Code: "FORBIDDEN", Message: "CSRF token not found in request",
		Header: map[string]string{"X-Harbor-Csrf-Token": newUUID()}}
}
