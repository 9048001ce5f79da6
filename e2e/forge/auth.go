// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"strings"
	"time"
)

// credential takes the token out of a request: Authorization "token T",
// "Bearer T", or Basic with the token as password (git sends it so).
func credential(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch strings.ToLower(scheme) {
	case "token", "bearer":
		return strings.TrimSpace(value)
	}
	return ""
}

// authenticate finds who calls. No credential is fine here; a wrong one is not.
func (c *call) authenticate() error {
	value := credential(c.r)
	if value == "" {
		return nil
	}
	if strings.Count(value, ".") == 2 && strings.HasPrefix(c.r.URL.Path, "/app") || isAppLookup(c.r) {
		return c.authenticateApp(value)
	}
	t := c.findToken(value)
	if t == nil {
		return refuse(http.StatusUnauthorized, "Bad credentials")
	}
	c.token, c.actor = t, t.account
	entryOf(c.r).User = t.account.Login
	return nil
}

// isAppLookup: these take an App's JWT though they are not under /app.
func isAppLookup(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/installation") && strings.Count(credential(r), ".") == 2
}

func (c *call) authenticateApp(jwt string) error {
	found, err := c.verifyJWT(jwt)
	if err != nil {
		return err
	}
	c.app = found
	entryOf(c.r).User = "app " + found.slug
	return nil
}

// enterRepo finds the repository of the path and checks that the caller may do
// there what the route does. What the caller may not even see is not found.
func (c *call) enterRepo() error {
	repo := c.findRepo(c.param("owner"), c.param("repo"))
	if repo == nil {
		return notFound()
	}
	if c.app == nil {
		if err := c.permit(repo); err != nil {
			return err
		}
	}
	c.repo = repo
	return nil
}

func (c *call) permit(repo *repository) error {
	visible := !repo.private || (c.token != nil && c.token.reaches(repo.fullName()))
	if !visible {
		return notFound()
	}
	if c.token == nil {
		if c.route.Access == "write" {
			return refuse(http.StatusUnauthorized, "Requires authentication")
		}
		return nil
	}
	if c.route.Permission == "" || (c.route.Access == "read" && !repo.private) {
		return nil
	}
	if c.token.reaches(repo.fullName()) && c.mayDo() {
		return nil
	}
	return c.forbidden()
}

// mayDo: what is done to an issue that is a pull request is allowed by either permission.
func (c *call) mayDo() bool {
	if c.token.may(c.route.Permission, c.route.Access) {
		return true
	}
	return c.route.Permission == "issues" && c.token.may("pull_requests", c.route.Access)
}

// forbidden is how GitHub refuses a token that lacks a permission.
func (c *call) forbidden() error {
	c.w.Header().Set("X-Accepted-GitHub-Permissions", c.route.Permission+"="+c.route.Access)
	if c.token.installation != nil {
		return refuse(http.StatusForbidden, "Resource not accessible by integration")
	}
	return refuse(http.StatusForbidden, "Resource not accessible by personal access token")
}

// defaultLimit is GitHub's hourly limit of requests for a person.
const defaultLimit = 5000

// rateHeaders counts the request and tells the client what is left.
func (c *call) rateHeaders() {
	limit, used := c.countRequest()
	h := c.w.Header()
	set := func(name string, n int64) { h.Set("X-RateLimit-"+name, itoa(n)) }
	set("Limit", int64(limit))
	set("Used", int64(used))
	set("Remaining", int64(max(limit-used, 0)))
	set("Reset", c.rateReset().Unix())
	h.Set("X-RateLimit-Resource", "core")
}

func (c *call) rateReset() time.Time { return c.now().Truncate(time.Hour).Add(time.Hour) }

// countRequest returns the limit and what was used of it. A token that is not
// limited never shows less than a request left: go-github would stop by itself.
func (c *call) countRequest() (limit, used int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token == nil {
		return 60, 1
	}
	c.token.used++
	if c.token.limit > 0 {
		return c.token.limit, min(c.token.used, c.token.limit)
	}
	return defaultLimit, min(c.token.used, defaultLimit-1)
}
