// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"fmt"
	"strings"
	"time"
)

// token is a credential: a person's, or an installation's.
type token struct {
	Value        string
	account      *account
	installation *installation
	// permissions maps an App permission to read or write; nil means all.
	permissions map[string]string
	// repos are the full names (lower case) it reaches; nil means all.
	repos   map[string]bool
	expires time.Time // zero: never
	limit   int       // requests allowed; 0: not limited
	used    int
}

// TokenOptions narrow a token. The zero value is a token that may do everything
// its user may.
type TokenOptions struct {
	// Value is the token itself; made up when empty.
	Value string `json:"token"`
	// Permissions maps permissions (contents, pull_requests, …) to read or write; none means all.
	Permissions map[string]string `json:"permissions"`
	// Repositories are the OWNER/NAME it reaches; none means all.
	Repositories []string `json:"repositories"`
	// ExpiresIn is how long it lives; 0 means for ever.
	ExpiresIn time.Duration `json:"-"`
	// Limit is how many requests it may make before the primary rate limit
	// refuses it; 0 means no limit.
	Limit int `json:"limit"`
}

// AddToken makes a token of a user (made too, if need be) and returns its value.
func (s *Server) AddToken(login string, o TokenOptions) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.Value == "" {
		o.Value = "ghp_" + randomHex(18)
	}
	t := &token{Value: o.Value, account: s.ensureAccount(login, "User"), permissions: o.Permissions, limit: o.Limit}
	if len(o.Repositories) > 0 {
		t.repos = nameSet(o.Repositories)
	}
	if o.ExpiresIn != 0 {
		t.expires = s.now().Add(o.ExpiresIn)
	}
	s.tokens[o.Value] = t
	return o.Value
}

// ExpireToken makes a token invalid from now on; an error when there is none such.
func (s *Server) ExpireToken(value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tokens[value]
	if t == nil {
		return fmt.Errorf("expiring a token: no such token")
	}
	t.expires = s.now().Add(-time.Second)
	return nil
}

// findToken returns a token that is good now, or nil.
func (s *Server) findToken(value string) *token {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tokens[value]
	if t == nil || (!t.expires.IsZero() && !s.now().Before(t.expires)) {
		return nil
	}
	return t
}

func (t *token) reaches(fullName string) bool {
	return t.repos == nil || t.repos[strings.ToLower(fullName)]
}

// may says whether the token has a permission at a level.
func (t *token) may(permission, access string) bool {
	if t.permissions == nil || permission == "" {
		return true
	}
	if permission == "metadata" && access == "read" {
		return true
	}
	held := t.permissions[permission]
	return held == "write" || held == "admin" || (held == access && held != "")
}

func nameSet(names []string) map[string]bool {
	set := map[string]bool{}
	for _, n := range names {
		set[strings.ToLower(n)] = true
	}
	return set
}
