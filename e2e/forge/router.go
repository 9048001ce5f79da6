// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// router finds the route of a request. http.ServeMux cannot: GitHub's paths
// overlap (issues/comments/{id} and issues/{number}/labels), and refs in the
// middle of a path may have slashes.
type router struct {
	server *Server
	routes []compiled
}

type compiled struct {
	Route
	path  *regexp.Regexp
	names []string
}

var placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)

// deep are the parameters that may have slashes; {path} may be empty too.
var deep = map[string]string{"ref": "(.+)", "branch": "(.+)", "basehead": "(.+)", "path": "(.*)"}

func (s *Server) newAPI() *router {
	out := &router{server: s}
	graph := Route{Method: http.MethodPost, Path: "/graphql", handle: (*call).graphQL}
	for _, route := range append(Routes(), graph) {
		out.routes = append(out.routes, compile(route))
	}
	// The more of a path is literal, the earlier it is tried.
	slices.SortStableFunc(out.routes, func(a, b compiled) int { return literal(b.Path) - literal(a.Path) })
	return out
}

func literal(path string) int { return len(placeholder.ReplaceAllString(path, "")) }

func compile(route Route) compiled {
	out := compiled{Route: route}
	pattern := placeholder.ReplaceAllStringFunc(route.Path, func(p string) string {
		name := strings.Trim(p, "{}")
		out.names = append(out.names, name)
		if group, ok := deep[name]; ok {
			return group
		}
		return "([^/]+)"
	})
	pattern = strings.Replace(pattern, "/(.*)", "(?:/(.*))?", 1)
	out.path = regexp.MustCompile("^" + pattern + "$")
	return out
}

// ServeHTTP answers 501 where no route matches.
func (x *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, route := range x.routes {
		if route.Method != r.Method {
			continue
		}
		if m := route.path.FindStringSubmatch(r.URL.EscapedPath()); m != nil {
			setValues(r, route.names, m[1:])
			x.server.dispatch(w, r, route.Route)
			return
		}
	}
	writeError(w, notImplemented(r))
}

func setValues(r *http.Request, names, values []string) {
	for i, name := range names {
		value, err := url.PathUnescape(values[i])
		if err != nil {
			value = values[i]
		}
		r.SetPathValue(name, value)
	}
}
