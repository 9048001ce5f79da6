// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// account is a person, an organisation or an App's bot.
type account struct {
	ID                 int64
	Login, Name, Email string
	Kind               string // User, Organization or Bot
	Created            time.Time
}

// AddUser makes a user, or returns quietly when the login exists. An empty email
// becomes GitHub's noreply address.
func (s *Server) AddUser(login, name, email string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.ensureAccount(login, "User")
	if name != "" {
		a.Name = name
	}
	if email != "" {
		a.Email = email
	}
}

// AddOrganization makes an organisation.
func (s *Server) AddOrganization(login string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ensureAccount(login, "Organization").Kind = "Organization"
}

// ensureAccount finds or makes an account. The caller holds s.mu.
func (s *Server) ensureAccount(login, kind string) *account {
	if a := s.accounts[strings.ToLower(login)]; a != nil {
		return a
	}
	a := &account{ID: s.newID(), Login: login, Name: login, Kind: kind, Created: s.now()}
	a.Email = fmt.Sprintf("%d+%s@users.noreply.github.com", a.ID, login)
	s.accounts[strings.ToLower(login)] = a
	return a
}

func (s *Server) account(login string) *account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accounts[strings.ToLower(login)]
}

// byEmail finds whose commits bear an address, as GitHub matches commits to users.
func (s *Server) byEmail(email string) *account {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		if a.Email != "" && strings.EqualFold(a.Email, email) {
			return a
		}
	}
	return nil
}

func accountRoutes() []Route {
	return []Route{
		rest("GET /user", "").to((*call).getUser),
		rest("GET /users/{username}", "").to((*call).getUserByName),
		rest("GET /rate_limit", "").to((*call).getRateLimit),
		rest("GET /meta", "").to((*call).getMeta),
	}
}

func (c *call) getUser() error {
	if c.token == nil {
		return refuse(http.StatusUnauthorized, "Requires authentication")
	}
	if c.token.installation != nil {
		return refuse(http.StatusForbidden, "Resource not accessible by integration")
	}
	return c.json(http.StatusOK, publicUser(c.links, c.actor))
}

func (c *call) getUserByName() error {
	a := c.account(c.param("username"))
	if a == nil {
		return notFound()
	}
	return c.json(http.StatusOK, publicUser(c.links, a))
}

func (c *call) getMeta() error {
	return c.json(http.StatusOK, object{"verifiable_password_authentication": false})
}

// user renders an account as it appears inside other objects.
func user(l links, a *account) any {
	if a == nil {
		return nil
	}
	u := l.api("/users/%s", a.Login)
	html := l.site("/%s", a.Login)
	if a.Kind == "Bot" {
		html = l.site("/apps/%s", strings.TrimSuffix(a.Login, "[bot]"))
	}
	return object{
		"login": a.Login, "id": a.ID, "node_id": nodeID("U", a.ID), "avatar_url": l.site("/avatars/u/%d", a.ID),
		"gravatar_id": "", "url": u, "html_url": html, "followers_url": u + "/followers",
		"following_url": u + "/following{/other_user}", "gists_url": u + "/gists{/gist_id}",
		"starred_url": u + "/starred{/owner}{/repo}", "subscriptions_url": u + "/subscriptions",
		"organizations_url": u + "/orgs", "repos_url": u + "/repos", "events_url": u + "/events{/privacy}",
		"received_events_url": u + "/received_events", "type": a.Kind, "site_admin": false,
	}
}

func publicUser(l links, a *account) object {
	u, _ := user(l, a).(object)
	for k, v := range (object{
		"name": a.Name, "company": nil, "blog": "", "location": nil, "email": orNil(a.Email), "hireable": nil,
		"user_view_type": "public", "bio": nil, "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0,
		"created_at": stamp(a.Created), "updated_at": stamp(a.Created),
	}) {
		u[k] = v
	}
	return u
}
