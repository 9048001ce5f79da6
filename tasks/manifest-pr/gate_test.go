// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// gate stands before the forge, counts the requests of each token, and lets a
// run die at one of them.
type gate struct {
	next http.Handler

	mu     sync.Mutex
	counts map[string]count
	deaths map[string]death
}

// count is how many requests there were, and how many of them write.
type count struct{ all, writes int }

// death says when the run with a token is gone: at its request number At, the
// first being 1, before the forge saw it or after the forge did what was asked.
type death struct {
	at    int
	after bool
	kill  func()
}

// dooms lets the run with a token die so.
func (g *gate) dooms(token string, d death) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.deaths == nil {
		g.deaths = map[string]death{}
	}
	g.deaths[token] = d
}

// counted says how many requests a token made.
func (g *gate) counted(token string) count {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.counts[token]
}

// ServeHTTP passes a request on, unless its run is dead or dies of it.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	number, fate := g.note(r)
	switch {
	case fate == nil || number < fate.at:
		g.next.ServeHTTP(w, r)
		return
	case number == fate.at && fate.after:
		g.next.ServeHTTP(httptest.NewRecorder(), r)
	}
	fate.kill()
	panic(http.ErrAbortHandler) // who is dead hears nothing
}

// note counts a request and says what its run is in for.
func (g *gate) note(r *http.Request) (number int, fate *death) {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.counts == nil {
		g.counts = map[string]count{}
	}
	c := g.counts[token]
	c.all++
	if writes(r) {
		c.writes++
	}
	g.counts[token] = c
	if d, ok := g.deaths[token]; ok {
		fate = &d
	}
	return c.all, fate
}

// writes tells a request that changes something. A query in GraphQL is a POST as
// well as a mutation.
func writes(r *http.Request) bool {
	if r.Method == http.MethodGet || !strings.HasSuffix(r.URL.Path, "/graphql") {
		return r.Method != http.MethodGet
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return err != nil || bytes.Contains(body, []byte(`"mutation`))
}
