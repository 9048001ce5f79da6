// SPDX-License-Identifier: Apache-2.0

// Package githttp serves git repositories over smart HTTP on loopback, for
// tests: git's own http-backend does the work, and what goes over the wire is
// counted.
package githttp

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi" //nolint:gosec // Go is newer than the flaw, and this serves loopback in tests
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
)

// Server serves the repositories of one folder.
type Server struct {
	*httptest.Server
	// User and Password, when set, are asked for.
	User, Password string
	// Break, when set, sees each request first, and answers it by returning true.
	Break func(w http.ResponseWriter, r *http.Request) bool

	backend *cgi.Handler
	mu      sync.Mutex
	paths   []string
	bytes   atomic.Int64
}

// New starts a server, in plain HTTP or with TLS.
func New(ctx context.Context, root string, tls bool) (*Server, error) {
	out, err := exec.CommandContext(ctx, "git", "--exec-path").Output()
	if err != nil {
		return nil, fmt.Errorf("looking for git: %w", err)
	}
	s := &Server{backend: &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(out)), "git-http-backend"), Stderr: io.Discard,
		Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null"},
	}}
	s.Server = httptest.NewUnstartedServer(s)
	if tls {
		s.StartTLS()
	} else {
		s.Start()
	}
	return s, nil
}

// ServeHTTP counts a request and hands it to git.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.paths = append(s.paths, r.Method+" "+r.URL.Path)
	s.mu.Unlock()
	user, password, _ := r.BasicAuth()
	if s.User != "" && (user != s.User || password != s.Password) {
		w.Header().Set("WWW-Authenticate", "Basic")
		http.Error(w, "who are you", http.StatusUnauthorized)
		return
	}
	if s.Break != nil && s.Break(w, r) {
		return
	}
	s.backend.ServeHTTP(&counter{w, &s.bytes}, r)
}

// Requests are the requests since the last call.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	paths := s.paths
	s.paths = nil
	return paths
}

// Bytes are the bytes of answers since the last call.
func (s *Server) Bytes() int64 { return s.bytes.Swap(0) }

// counter counts the bytes of an answer.
type counter struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.n.Add(int64(n))
	return n, err
}
