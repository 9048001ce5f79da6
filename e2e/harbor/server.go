// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/adze-ci/adze/e2e/recorder"
)

// Password is the administrator's where Options name none.
const Password = "Harbor12345"

// Options say what stands behind a Server.
type Options struct {
	// Registry is the registry behind it, see Proxy; one in memory when nil.
	Registry http.Handler
	// Scanner is the scanner that all projects use unless told otherwise; when
	// nil, a Script that finds nothing.
	Scanner Scanner
	// Password is that of the user admin.
	Password string
	// URL is where scanners reach the server; when empty, as the client that
	// asked for the scan did.
	URL string
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// Server is the stand-in. It is safe for concurrent use.
type Server struct {
	registry http.Handler
	password string
	url      string
	now      func() time.Time
	api      *router
	ctl      *http.ServeMux

	mu       sync.Mutex // guards what follows, and all that hangs on it
	moved    *sync.Cond // a scan went on, or was held or let go
	ids      map[string]int64
	projects map[string]*project
	robots   []*robot
	scanners []*registration
	tokens   map[string]*grant
	uploads  map[string]int64 // bytes so far, by the upload's id
	tagRules int64
	readOnly bool
	hold     Status // scans go no further than this
	running  int    // scans that have not ended

	requests requestLog
	faults   faultList
}

// New makes a server with the public project library.
func New(o Options) (*Server, error) {
	s := &Server{
		registry: o.Registry, password: o.Password, url: o.URL, now: o.Now,
		ids: map[string]int64{}, projects: map[string]*project{}, tokens: map[string]*grant{}, uploads: map[string]int64{},
	}
	s.moved = sync.NewCond(&s.mu)
	if s.registry == nil {
		s.registry = newMemory()
	}
	if s.password == "" {
		s.password = Password
	}
	if s.now == nil {
		s.now = time.Now
	}
	if o.Scanner == nil {
		o.Scanner = &Script{}
	}
	s.api, s.ctl = s.newAPI(), s.newControl()
	s.register(&registration{name: "Trivy", description: "The Trivy scanner adapter", url: "http://trivy:8080", scanner: o.Scanner, fixed: true})
	if s.addProject("library", map[string]string{"public": "true"}, -1) == nil {
		return nil, errors.New("starting the stand-in for Harbor: no project library")
	}
	return s, nil
}

// nextID numbers things of a kind, from 1.
func (s *Server) nextID(kind string) int64 {
	s.ids[kind]++
	return s.ids[kind]
}

// ServeHTTP routes a request to the control endpoints, to the registry, or to
// the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		s.ctl.ServeHTTP(w, r)
		return
	}
	entry := s.requests.begin(r, s.now())
	rec := &recorder.Recorder{ResponseWriter: w, Status: http.StatusOK}
	rec.Begins = func() { s.requests.end(entry, rec.Status, s.now()) }
	defer rec.Begins() // again, for what nothing was written of, and for the time it took
	rec.Header().Set("X-Request-Id", newUUID())
	if s.faults.strike(rec, r, s.serve) {
		return
	}
	s.serve(rec, r)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if err := s.refuseWrites(r); err != nil {
		writeError(w, r, err)
		return
	}
	if badName(r) == nil {
		w.Header().Set("Set-Cookie", "sid="+newUUID()+"; Path=/; HttpOnly")
	}
	switch {
	case r.URL.Path == "/service/token":
		s.serveToken(w, r)
	case isRegistry(r.URL.Path):
		s.serveRegistry(w, r)
	default:
		s.api.ServeHTTP(w, r)
	}
}

// refuseWrites answers for a system that is read-only.
func (s *Server) refuseWrites(r *http.Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readOnly && !safe(r.Method) {
		return readOnly()
	}
	return nil
}

func readOnly() error {
	return &apiError{Status: http.StatusForbidden, Code: "DENIED", Message: "The system is in read only mode. Any modification is prohibited."}
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// SetReadOnly puts the system into its read-only mode, and back.
func (s *Server) SetReadOnly(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readOnly = on
}
