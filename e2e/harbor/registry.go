// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
)

// Proxy passes requests on to a real registry, which must take them from
// anybody. It names itself as the client named the stand-in.
func Proxy(address *url.URL) http.Handler {
	return &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(address)
		r.Out.Host = r.In.Host
		r.Out.Header.Del("Authorization")
		r.Out.Header.Set("X-Forwarded-Proto", strings.SplitN(base(r.In), ":", 2)[0])
	}}
}

func isRegistry(path string) bool { return path == "/v2" || strings.HasPrefix(path, "/v2/") }

// operation is what a request to the registry is about.
type operation struct {
	repository string
	what       string // manifests, blobs, uploads, tags, referrers
	reference  string // a tag, a digest, or an upload's id
	from       string // the repository that a blob is to be mounted from
}

var (
	uploadPath = regexp.MustCompile(`^/v2/(.+)/blobs/uploads/([^/]*)$`)
	objectPath = regexp.MustCompile(`^/v2/(.+)/(manifests|blobs|referrers)/([^/]+)$`)
	tagsPath   = regexp.MustCompile(`^/v2/(.+)/tags/list$`)
)

func operationOf(r *http.Request) (operation, bool) {
	path := r.URL.Path
	if m := uploadPath.FindStringSubmatch(path); m != nil {
		out := operation{repository: m[1], what: "uploads", reference: m[2]}
		if r.Method == http.MethodPost && r.URL.Query().Get("mount") != "" {
			out.from = r.URL.Query().Get("from")
		}
		return out, true
	}
	if m := tagsPath.FindStringSubmatch(path); m != nil {
		return operation{repository: m[1], what: "tags"}, true
	}
	if m := objectPath.FindStringSubmatch(path); m != nil {
		return operation{repository: m[1], what: m[2], reference: m[3]}, true
	}
	return operation{}, false
}

// badName refuses names that are not of a project; Harbor does so before it
// looks at who asks.
func badName(r *http.Request) error {
	op, ok := operationOf(r)
	if !ok || !isRegistry(r.URL.Path) {
		return nil
	}
	for _, name := range []string{op.repository, op.from} {
		if name != "" && !strings.Contains(name, "/") {
			return badRequest("bad request: invalid repository name: %s", name)
		}
	}
	return nil
}

func (s *Server) serveRegistry(w http.ResponseWriter, r *http.Request) {
	if err := badName(r); err != nil {
		writeError(w, r, err)
		return
	}
	op, known := operationOf(r)
	if err := s.admit(r, op); err != nil {
		writeError(w, r, err)
		return
	}
	if err := s.pass(w, r, op, known); err != nil {
		writeError(w, r, err)
	}
}

// pass does what is asked, for one who may.
func (s *Server) pass(w http.ResponseWriter, r *http.Request, op operation, known bool) error {
	switch {
	case r.URL.Path == "/v2/" || r.URL.Path == "/v2":
		return s.ping(w)
	case op.what == "uploads":
		return s.upload(w, r, op)
	case op.what == "blobs" && safe(r.Method):
		s.registry.ServeHTTP(w, r)
		return nil
	case op.what == "manifests" && safe(r.Method):
		return s.pull(w, r, op)
	case op.what == "manifests" && r.Method == http.MethodPut:
		return s.push(w, r, op)
	case op.what == "manifests" && r.Method == http.MethodDelete:
		return s.remove(w, op)
	case op.what == "tags" && r.Method == http.MethodGet:
		return s.tags(w, r, op)
	case known && op.what == "referrers" && r.Method == http.MethodGet:
		return s.referrers(w, op)
	}
	return &apiError{Status: http.StatusNotImplemented, Code: "NOT_IMPLEMENTED", Message: "this stand-in does not implement " + r.Method + " " + r.URL.Path}
}

func (s *Server) ping(w http.ResponseWriter) error {
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, err := fmt.Fprint(w, "{}\n")
	return err
}

// forward asks the registry behind and keeps its answer, which is small, so that
// it can be acted upon before the client sees it.
func (s *Server) forward(r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	s.registry.ServeHTTP(rec, r)
	return rec
}

// relay hands an answer of the registry behind to the client.
func relay(w http.ResponseWriter, rec *httptest.ResponseRecorder) {
	maps.Copy(w.Header(), rec.Header())
	w.WriteHeader(rec.Code)
	w.Write(rec.Body.Bytes()) //nolint:errcheck,gosec // the client that went away is told nothing
}
