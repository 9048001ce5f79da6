// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/adze-ci/adze/e2e/recorder"
)

// Fault spoils answers to requests that match it, or the scans that they start.
type Fault struct {
	// Method is matched whole (empty: any), Path as a regular expression against
	// the path as sent.
	Method string `json:"method"`
	Path   string `json:"path"`
	// Skip lets so many matching requests pass first; Count is how many are
	// spoilt then (0: one, negative: all).
	Skip  int `json:"skip"`
	Count int `json:"count"`
	// Kind is one of Kinds; empty where Status says it.
	Kind string `json:"kind"`
	// Status is answered without a body that means anything.
	Status int `json:"status"`
	// Bytes is how much of a request's body arrives before cut-upload cuts.
	Bytes int64 `json:"bytes"`
	// Delay comes before the answer; of scan-slow, before the scan's end. With no
	// Kind and no Status it is all there is.
	Delay time.Duration `json:"-"`
	// After lets the request do its work first and spoils the answer only, as
	// when a gateway gives up on a server that does not.
	After bool `json:"after"`

	path *regexp.Regexp
}

// Kinds are the faults that have a name. Those of scans strike the request that
// starts the scan, those of reports the one that reads it.
func Kinds() []string {
	return []string{
		"scan-never-ends", "scan-error", "scan-stopped", "scan-slow", "report-empty", "report-foreign", "report-short",
		"overview-absent", "clean-while-absent", "adapter-gone", "jobservice-down", "deactivated", "read-only", "drop", "cut-upload",
	}
}

type faultList struct {
	mu  sync.Mutex
	all []*Fault
}

// AddFault spoils matching requests from now on. Faults are tried in the order
// they were added; the first that matches and is not used up strikes.
func (s *Server) AddFault(f Fault) error {
	if f.Kind != "" && !slices.Contains(Kinds(), f.Kind) {
		return fmt.Errorf("adding a fault: unknown kind %q; there are %q", f.Kind, Kinds())
	}
	var err error
	if f.path, err = regexp.Compile(f.Path); err != nil {
		return fmt.Errorf("adding a fault: path: %w", err)
	}
	if f.Count == 0 {
		f.Count = 1
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.all = append(s.faults.all, &f)
	return nil
}

// ClearFaults takes all faults away. Scans that one keeps from ending stay so:
// stop them.
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
		if f.Count == 0 || f.Method != "" && f.Method != r.Method || !f.path.MatchString(r.URL.EscapedPath()) {
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
	if f.Kind != "scan-slow" {
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
		}
	}
	switch f.Kind {
	case "drop":
		w.Cut()
	case "cut-upload":
		r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, f.Bytes), broken{}))
		serve(httptest.NewRecorder(), r)
		w.Cut()
	case "read-only":
		writeError(w, r, readOnly())
		return true
	case "":
		if f.Status == 0 {
			return f.After
		}
		w.WriteHeader(f.Status)
		return true
	}
	if !f.After {
		serve(w, r.WithContext(context.WithValue(r.Context(), faultKey{}, f)))
	}
	return true
}

// broken is the rest of a body that never comes.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type faultKey struct{}

// faultOf is the fault that strikes what a request leads to; nil without one.
func faultOf(r *http.Request) *Fault {
	f, _ := r.Context().Value(faultKey{}).(*Fault)
	return f
}

// struck reports whether a fault of a kind strikes a request.
func struck(r *http.Request, kind string) bool {
	f := faultOf(r)
	return f != nil && f.Kind == kind
}
