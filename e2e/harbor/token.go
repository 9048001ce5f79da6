// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// tokenLife is how long a token for the registry is good.
const tokenLife = 30 * time.Minute

// grant is what a token for the registry allows.
type grant struct {
	who     *identity
	actions map[string][]string // by repository
	until   time.Time
}

// serveToken hands out a token to everybody, whatever the password: one that
// allows nothing, if need be. Harbor does so too, and it knows GET alone, as the
// handler in its src/core/service/token has no other method: containerd, which
// asks by POST first, then asks again.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	who, err := s.basic(r)
	if err != nil {
		who = nil
	}
	now := s.now()
	g := &grant{who: who, actions: map[string][]string{}, until: now.Add(tokenLife)}
	for _, scope := range r.URL.Query()["scope"] {
		for one := range strings.FieldsSeq(scope) {
			s.allow(g, one)
		}
	}
	token := "token-" + newUUID()
	s.tokens[token] = g
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Write(encode(object{ //nolint:errcheck,gosec // the client that went away is told nothing
		"token": token, "access_token": "", "expires_in": int(tokenLife.Seconds()), "issued_at": now.UTC().Format(time.RFC3339),
	}))
}

// allow adds what of a scope ("repository:demo/app:pull,push") its holder may do.
func (s *Server) allow(g *grant, scope string) {
	kind, rest, _ := strings.Cut(scope, ":")
	at := strings.LastIndex(rest, ":")
	if kind != "repository" || at < 0 {
		return
	}
	repository := rest[:at]
	for action := range strings.SplitSeq(rest[at+1:], ",") {
		if s.projects[projectOf(repository)] != nil && s.may(g.who, projectOf(repository), "repository:"+action) {
			g.actions[repository] = append(g.actions[repository], action)
		}
	}
}

// bearer finds who asks by a token for the registry.
func (s *Server) bearer(token string) (*identity, error) {
	g := s.tokens[token]
	if g == nil || s.now().After(g.until) {
		return nil, unauthorized()
	}
	who := &identity{token: g}
	if g.who != nil {
		who.scanner = g.who.scanner
	}
	return who, nil
}

// mayRegistry reports whether somebody may do something to a repository through
// the registry's own API.
func (s *Server) mayRegistry(who *identity, repository, action string) bool {
	if who != nil && who.token != nil {
		return slices.Contains(who.token.actions[repository], action)
	}
	return s.may(who, projectOf(repository), "repository:"+action)
}
