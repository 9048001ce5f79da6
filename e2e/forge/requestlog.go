// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"sync"
	"time"

	"github.com/adze-ci/adze/e2e/recorder"
)

// Request is one request that the server was asked, control endpoints left out.
type Request struct {
	// Method and Path are as sent; Query without the question mark.
	Method string `json:"method"`
	Path   string `json:"path"`
	Query  string `json:"query,omitempty"`
	// Route is the operation ("GET /repos/{owner}/{repo}"), "git" for Git's own
	// requests, empty where the server implements none. Operation names the
	// fields of a GraphQL request.
	Route     string `json:"route"`
	Operation string `json:"operation,omitempty"`
	// User is who asked, as far as it was found out.
	User      string `json:"user,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
	// Status is the answer's, 0 while it is being made, StatusCut when a fault cut
	// the connection.
	Status int       `json:"status"`
	At     time.Time `json:"at"`
	// Took is how long the answer took, in nanoseconds.
	Took time.Duration `json:"took"`
}

// StatusCut stands in the log of requests for a connection that a fault cut.
const StatusCut = recorder.StatusCut

// maxRequests is how many requests the log holds; the oldest go first.
const maxRequests = 100_000

type requestLog struct {
	mu  sync.Mutex
	all []*Request
}

func (l *requestLog) begin(r *http.Request, now time.Time) *Request {
	e := &Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, UserAgent: r.UserAgent(), At: now}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == maxRequests {
		l.all = l.all[1:]
	}
	l.all = append(l.all, e)
	return e
}

func (l *requestLog) end(e *Request, status int, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Status, e.Took = status, now.Sub(e.At)
}

// Requests are those answered since the start or the last ResetRequests, the
// oldest first.
func (s *Server) Requests() []Request {
	l := &s.requests
	l.mu.Lock()
	defer l.mu.Unlock()
	out := []Request{}
	for _, e := range l.all {
		if e.Status != 0 {
			out = append(out, *e)
		}
	}
	return out
}

// ResetRequests empties the log of requests.
func (s *Server) ResetRequests() {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	s.requests.all = nil
}

// CountRequests counts the log by route (and GraphQL operation).
func (s *Server) CountRequests() map[string]int {
	out := map[string]int{}
	for _, r := range s.Requests() {
		out[r.key()]++
	}
	return out
}

// key is what a request is counted under.
func (r Request) key() string {
	switch {
	case r.Operation != "":
		return r.Route + " " + r.Operation
	case r.Route != "":
		return r.Route
	default:
		return "not implemented: " + r.Method + " " + r.Path
	}
}
