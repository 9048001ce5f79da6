// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// tape serves git over HTTP: it asks git for each answer once and plays it
// again, so that a thousand faults cost no process.
type tape struct {
	*httptest.Server
	git http.Handler

	mu       sync.Mutex
	recorded map[string]*httptest.ResponseRecorder
	asked    []string
	// spoil, when set, may answer in its own way: it gets the number of the
	// question, counted from 0, and git's answer.
	spoil func(n int, w http.ResponseWriter, answer *httptest.ResponseRecorder) (done bool)
}

func newTape(t *testing.T, git http.Handler) *tape {
	t.Helper()
	tp := &tape{git: git, recorded: map[string]*httptest.ResponseRecorder{}}
	tp.Server = httptest.NewServer(tp)
	t.Cleanup(tp.Close)
	return tp
}

// with runs a function while answers are spoiled, and tells how many different
// questions it asked.
func (tp *tape) with(spoil func(int, http.ResponseWriter, *httptest.ResponseRecorder) bool, run func()) int {
	tp.mu.Lock()
	tp.spoil, tp.asked = spoil, nil
	tp.mu.Unlock()
	run()
	tp.mu.Lock()
	defer tp.mu.Unlock()
	return len(tp.asked)
}

// ServeHTTP plays an answer. A question that is asked again keeps its number.
func (tp *tape) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	tp.mu.Lock()
	defer tp.mu.Unlock()
	key := question(r, body)
	if tp.recorded[key] == nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		tp.recorded[key] = httptest.NewRecorder()
		tp.git.ServeHTTP(tp.recorded[key], r)
	}
	n := slices.Index(tp.asked, key)
	if n < 0 {
		n = len(tp.asked)
		tp.asked = append(tp.asked, key)
	}
	answer := tp.recorded[key]
	if tp.spoil != nil && tp.spoil(n, w, answer) {
		return
	}
	play(w, answer, answer.Body.Bytes(), answer.Body.Len())
}

// question names a request, whatever the order of the objects that it wants.
func question(r *http.Request, body []byte) string {
	lines := strings.Split(string(body), "\n")
	slices.Sort(lines)
	return r.Method + " " + r.URL.String() + "\n" + strings.Join(lines, "\n")
}

// play sends a body, and breaks off where it is shorter than promised.
func play(w http.ResponseWriter, answer *httptest.ResponseRecorder, body []byte, promised int) {
	maps.Copy(w.Header(), answer.Header())
	w.Header().Set("Content-Length", strconv.Itoa(promised))
	w.WriteHeader(answer.Code)
	if _, err := w.Write(body); err != nil || len(body) < promised {
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	}
}
