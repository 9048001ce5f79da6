// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// gate stands before the forge, counts the requests of each token, and lets
// something happen at one of them.
type gate struct {
	next http.Handler

	mu     sync.Mutex
	counts map[string]count
	turns  map[string]turn
}

// count is how many requests there were, and how many of them write.
type count struct{ all, writes int }

// turn is what happens at a run's request number At, the first being 1: before
// the forge sees the request, or after the forge did what was asked.
type turn struct {
	at    int
	after bool
	do    func()
	// dies: the run is gone then, hears no answer and is heard no more.
	dies bool
}

// comes lets something happen to the run with a token.
func (g *gate) comes(token string, t turn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.turns == nil {
		g.turns = map[string]turn{}
	}
	g.turns[token] = t
}

// counted says how many requests a token made.
func (g *gate) counted(token string) count {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.counts[token]
}

// ServeHTTP passes a request on, with what is to happen at it.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	number, t := g.note(r)
	r = r.WithContext(context.WithoutCancel(r.Context())) // who dies does not take back what was asked
	if t == nil || number < t.at || number > t.at && !t.dies {
		g.next.ServeHTTP(w, r)
		return
	}
	answer := httptest.NewRecorder()
	if t.after && number == t.at {
		g.next.ServeHTTP(answer, r)
	}
	t.do()
	switch {
	case t.dies:
		panic(http.ErrAbortHandler)
	case t.after:
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		w.Write(answer.Body.Bytes()) //nolint:errcheck // a client that went away is told nothing
	default:
		g.next.ServeHTTP(w, r)
	}
}

// note counts a request and says what its run is in for.
func (g *gate) note(r *http.Request) (number int, t *turn) {
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
	if found, ok := g.turns[token]; ok {
		t = &found
	}
	return c.all, t
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
