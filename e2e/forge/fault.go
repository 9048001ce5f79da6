// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"time"

	"github.com/adze-ci/adze/e2e/recorder"
)

// Fault spoils answers to requests that match it.
type Fault struct {
	// Method is matched whole (empty: any), Path as a regular expression against
	// the path as sent, Body likewise against the first MiB of the request's body.
	Method string `json:"method"`
	Path   string `json:"path"`
	Body   string `json:"body"`
	// Skip lets so many matching requests pass first; Count is how many are
	// spoilt then (0: one, negative: all).
	Skip  int `json:"skip"`
	Count int `json:"count"`
	// Kind is a ready-made fault: secondary-limit, secondary-limit-bare (which does
	// not say when it ends), too-many-requests, rate-limit, graphql-limit (in an answer
	// with status 200), bad-gateway, unavailable, expired-token, ref-missing (422
	// Object does not exist), drop (the connection is cut). Empty: Status, Headers and Answer say it.
	Kind    string            `json:"kind"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Answer  string            `json:"answer"`
	// Delay comes before the answer; with no Kind and no Status it is all there is.
	Delay time.Duration `json:"-"`
	// After lets the request do its work first and spoils the answer only, as
	// when a gateway gives up on a server that does not.
	After bool `json:"after"`

	path, body *regexp.Regexp
}

// kinds are the ready-made faults, as GitHub answers in these cases.
func (f *Fault) preset(now time.Time) error {
	set := func(status int, message string, headers map[string]string) {
		f.Status, f.Headers = status, headers
		f.Answer = fmt.Sprintf(`{"message":%q,"documentation_url":%q,"status":"%d"}`, message, documentation, status)
	}
	switch f.Kind {
	case "", "drop":
	case "secondary-limit":
		set(http.StatusForbidden, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", map[string]string{"Retry-After": "1"})
	case "secondary-limit-bare":
		set(http.StatusForbidden, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", nil)
	case "graphql-limit":
		f.Status, f.Headers = http.StatusOK, map[string]string{"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": itoa(now.Unix() + 2)}
		f.Answer = `{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded for user ID 1."}]}`
	case "too-many-requests":
		set(http.StatusTooManyRequests, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", map[string]string{"Retry-After": "1"})
	case "rate-limit":
		set(http.StatusForbidden, "API rate limit exceeded for user ID 1.", map[string]string{
			"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": itoa(now.Add(time.Second).Unix() + 1)})
	case "bad-gateway":
		set(http.StatusBadGateway, "Server Error", nil)
	case "unavailable":
		set(http.StatusServiceUnavailable, "Service Unavailable", nil)
	case "expired-token":
		set(http.StatusUnauthorized, "Bad credentials", nil)
	case "ref-missing":
		set(http.StatusUnprocessableEntity, "Object does not exist", nil)
	default:
		return fmt.Errorf("adding a fault: unknown kind %q", f.Kind)
	}
	return nil
}

type faultList struct {
	mu  sync.Mutex
	all []*Fault
}

// AddFault spoils matching requests from now on. Faults are tried in the order
// they were added; the first that matches and is not used up strikes.
func (s *Server) AddFault(f Fault) error {
	custom := f
	if err := f.preset(s.now()); err != nil {
		return err
	}
	if custom.Headers != nil && f.Headers != nil {
		f.Headers = custom.Headers
	}
	var err error
	if f.path, err = regexp.Compile(f.Path); err != nil {
		return fmt.Errorf("adding a fault: path: %w", err)
	}
	if f.body, err = regexp.Compile(f.Body); err != nil {
		return fmt.Errorf("adding a fault: body: %w", err)
	}
	if f.Count == 0 {
		f.Count = 1
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.all = append(s.faults.all, &f)
	return nil
}

// ClearFaults takes all faults away.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.all = nil
}

// take finds the fault that strikes a request, and counts it.
func (l *faultList) take(r *http.Request) *Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.all {
		if f.Count == 0 || !f.matches(r) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.Count > 0 {
			f.Count--
		}
		return f
	}
	return nil
}

func (f *Fault) matches(r *http.Request) bool {
	if f.Method != "" && f.Method != r.Method || !f.path.MatchString(r.URL.Path) {
		return false
	}
	return f.Body == "" || f.body.Match(peek(r))
}

// strike applies a fault to a request; false says that the request is to be
// answered as if nothing had happened.
func (l *faultList) strike(w *recorder.Recorder, r *http.Request, serve http.HandlerFunc) bool {
	f := l.take(r)
	if f == nil {
		return false
	}
	if f.After {
		serve(httptest.NewRecorder(), r)
	}
	select {
	case <-time.After(f.Delay):
	case <-r.Context().Done():
	}
	switch {
	case f.Kind == "drop":
		w.Cut()
	case f.Status == 0:
		return f.After
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	for name, value := range f.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(f.Status)
	fmt.Fprint(w, f.Answer) //nolint:errcheck // the client that went away is told nothing
	return true
}
