// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/adze-ci/adze/e2e/recorder"
)

// Options say where a Server keeps its repositories and how it behaves.
type Options struct {
	// Root is the folder of the bare repositories: ROOT/OWNER/NAME.git. Those
	// found there when the server starts are served.
	Root string
	// URL is where the server is reached, for the events that no request causes;
	// http://forge when empty.
	URL string
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Log takes what goes wrong inside; slog.Default when nil.
	Log *slog.Logger
}

// Server is the stand-in. It is safe for concurrent use.
type Server struct {
	root string
	url  string
	now  func() time.Time
	log  *slog.Logger
	api  *router
	ctl  *http.ServeMux
	ids  atomic.Int64

	mu            sync.Mutex // guards the maps below
	accounts      map[string]*account
	repos         map[string]*repository
	tokens        map[string]*token
	apps          map[int64]*app
	installations []*installation

	requests requestLog
	faults   faultList
	limiter  limiter
	courier  courier
}

// New makes a server over the repositories below o.Root.
func New(o Options) (*Server, error) {
	if o.Root == "" {
		return nil, errors.New("starting the forge: no folder for its repositories")
	}
	root, err := filepath.Abs(o.Root)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(root, 0o750); err != nil {
		return nil, err
	}
	s := &Server{
		root: root, url: o.URL, now: o.Now, log: o.Log,
		accounts: map[string]*account{}, repos: map[string]*repository{},
		tokens: map[string]*token{}, apps: map[int64]*app{},
	}
	if s.url == "" {
		s.url = "http://forge"
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.ids.Store(1000)
	s.courier.now = s.now
	s.api, s.ctl = s.newAPI(), s.newControl()
	return s, s.adopt()
}

func (s *Server) ownLinks() links { return links{web: s.url, rel: enterprisePrefix} }

func (s *Server) newID() int64 { return s.ids.Add(1) }

// ServeHTTP routes a request to the control endpoints, to Git, or to the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		s.ctl.ServeHTTP(w, r)
		return
	}
	entry := s.requests.begin(r, s.now())
	rec := &recorder.Recorder{ResponseWriter: w, Status: http.StatusOK}
	rec.Begins = func() { s.requests.end(entry, rec.Status, s.now()) }
	defer rec.Begins() // again, for what nothing was written of, and for the time it took
	header := w.Header()
	header.Set("X-GitHub-Request-Id", requestID())
	header.Set("Server", "adze-forge")
	if s.faults.strike(rec, r, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, entry) }) {
		return
	}
	s.serve(rec, r, entry)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, entry *Request) {
	if isGit(r.URL.Path) {
		entry.Route = "git"
		s.serveGit(w, r)
		return
	}
	handler := http.Handler(s.api)
	switch {
	case r.URL.Path == "/api/graphql":
		handler = http.StripPrefix("/api", s.api)
	case strings.HasPrefix(r.URL.Path, enterprisePrefix+"/"):
		handler = http.StripPrefix(enterprisePrefix, s.api)
	}
	handler.ServeHTTP(w, r.WithContext(withEntry(withBase(r), entry)))
}
