// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// installationLife is how long an installation token is good for.
const installationLife = time.Hour

func appRoutes() []Route {
	return []Route{
		rest("GET /app", "").to((*call).getApp),
		rest("GET /app/installations", "").to((*call).listInstallations),
		rest("GET /app/installations/{installation_id}", "").to((*call).getInstallation),
		rest("POST /app/installations/{installation_id}/access_tokens", "").to((*call).createInstallationToken),
		rest("GET /repos/{owner}/{repo}/installation", "").to((*call).getRepoInstallation),
		rest("GET /orgs/{org}/installation", "").to((*call).getAccountInstallation),
		rest("GET /users/{username}/installation", "").to((*call).getAccountInstallation),
		rest("GET /installation/repositories", "").to((*call).listInstallationRepos),
		rest("DELETE /installation/token", "").to((*call).revokeInstallationToken),
	}
}

func (c *call) needApp() error {
	if c.app == nil {
		return refuse(http.StatusUnauthorized, "A JSON web token could not be decoded")
	}
	return nil
}

// ownInstallations are those of the calling App that keep holds for.
func (c *call) ownInstallations(keep func(*installation) bool) ([]*installation, error) {
	if err := c.needApp(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []*installation
	for _, in := range c.installations {
		if in.app == c.app && keep(in) {
			out = append(out, in)
		}
	}
	return out, nil
}

func (c *call) oneInstallation(keep func(*installation) bool) (*installation, error) {
	all, err := c.ownInstallations(keep)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, notFound()
	}
	return all[0], nil
}

func (c *call) getApp() error {
	if err := c.needApp(); err != nil {
		return err
	}
	return c.json(http.StatusOK, renderApp(c.links, c.app))
}

func renderApp(l links, a *app) object {
	return object{
		"id": a.id, "slug": a.slug, "client_id": a.clientID(), "node_id": nodeID("A", a.id), "owner": user(l, a.owner),
		"name": a.slug, "description": nil, "external_url": l.site("/apps/%s", a.slug), "html_url": l.site("/apps/%s", a.slug),
		"created_at": stamp(a.created), "updated_at": stamp(a.created), "permissions": permissionObject(a.permissions),
		"events": []any{}, "installations_count": 1,
	}
}

func permissionObject(p map[string]string) object {
	out := object{"metadata": "read"}
	for k, v := range p {
		out[k] = v
	}
	return out
}

func (c *call) listInstallations() error {
	all, err := c.ownInstallations(func(*installation) bool { return true })
	if err != nil {
		return err
	}
	return list(c, all, func(in *installation) any { return renderInstallation(c.links, in) })
}

func renderInstallation(l links, in *installation) object {
	return object{
		"id": in.id, "account": user(l, in.account), "repository_selection": in.selection(),
		"access_tokens_url": l.api("/app/installations/%d/access_tokens", in.id),
		"repositories_url":  l.api("/installation/repositories"),
		"html_url":          l.site("/organizations/%s/settings/installations/%d", in.account.Login, in.id),
		"app_id":            in.app.id, "app_slug": in.app.slug, "client_id": in.app.clientID(), "target_id": in.account.ID, "target_type": in.account.Kind,
		"permissions": permissionObject(in.app.permissions), "events": []any{}, "created_at": stamp(in.created), "updated_at": stamp(in.created),
		"single_file_name": nil, "has_multiple_single_files": false, "single_file_paths": []any{}, "suspended_by": nil, "suspended_at": nil,
	}
}

func (in *installation) selection() string {
	if in.repos == nil {
		return "all"
	}
	return "selected"
}

func (c *call) getInstallation() error {
	id, err := c.number("installation_id")
	if err != nil {
		return err
	}
	return c.answerInstallation(func(in *installation) bool { return in.id == id })
}

func (c *call) getRepoInstallation() error {
	return c.answerInstallation(func(in *installation) bool { return in.covers(c.repo.fullName()) })
}

func (c *call) getAccountInstallation() error {
	login := c.param("org") + c.param("username")
	return c.answerInstallation(func(in *installation) bool { return strings.EqualFold(in.account.Login, login) })
}

func (c *call) answerInstallation(keep func(*installation) bool) error {
	in, err := c.oneInstallation(keep)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, renderInstallation(c.links, in))
}

func (c *call) createInstallationToken() error {
	id, err := c.number("installation_id")
	if err != nil {
		return err
	}
	in, err := c.oneInstallation(func(in *installation) bool { return in.id == id })
	if err != nil {
		return err
	}
	var body struct {
		Repositories []string          `json:"repositories"`
		Permissions  map[string]string `json:"permissions"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	t, err := c.mintToken(in, body.Repositories, body.Permissions)
	if err != nil {
		return err
	}
	return c.json(http.StatusCreated, object{
		"token": t.Value, "expires_at": stamp(t.expires), "permissions": permissionObject(t.permissions), "repository_selection": in.selection(),
	})
}

// mintToken makes a token that may do no more than the installation: narrower
// repositories and permissions on request, wider ones refused.
func (c *call) mintToken(in *installation, repos []string, permissions map[string]string) (*token, error) {
	held := token{permissions: in.app.permissions}
	for name, access := range permissions {
		if !held.may(name, access) {
			return nil, unprocessable("The permissions requested are not granted to this installation.")
		}
	}
	if permissions == nil {
		permissions = in.app.permissions
	}
	t := &token{
		// GitHub no longer promises 40 characters.
		Value: "ghs_" + randomHex(30), account: in.app.bot, installation: in,
		permissions: maps.Clone(permissions), expires: c.now().Add(installationLife), repos: map[string]bool{},
	}
	if t.permissions == nil {
		t.permissions = map[string]string{}
	}
	for _, name := range c.reachable(in) {
		t.repos[strings.ToLower(name)] = true
	}
	if len(repos) > 0 {
		narrow := map[string]bool{}
		for _, short := range repos {
			full := strings.ToLower(in.account.Login + "/" + short)
			if !t.repos[full] {
				return nil, unprocessable("There is at least one repository that does not exist or is not accessible to the parent installation.")
			}
			narrow[full] = true
		}
		t.repos = narrow
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens[t.Value] = t
	return t, nil
}

// reachable are the full names of the repositories of an installation.
func (s *Server) reachable(in *installation) []string {
	var names []string
	for _, r := range s.allRepos() {
		if in.covers(r.fullName()) {
			names = append(names, r.fullName())
		}
	}
	return names
}

func (c *call) listInstallationRepos() error {
	if c.token == nil || c.token.installation == nil {
		return refuse(http.StatusForbidden, "You must authenticate with an installation access token in order to list repositories for an installation.")
	}
	out := []any{}
	for _, r := range c.allRepos() {
		if c.token.reaches(r.fullName()) {
			out = append(out, renderRepo(c.links, r))
		}
	}
	p := c.page()
	from, to := p.bounds(len(out))
	c.linkHeader(p, len(out))
	return c.json(http.StatusOK, object{"total_count": len(out), "repositories": out[from:to], "repository_selection": c.token.installation.selection()})
}

func (c *call) revokeInstallationToken() error {
	if c.token == nil || c.token.installation == nil {
		return refuse(http.StatusUnauthorized, "Bad credentials")
	}
	if err := c.ExpireToken(c.token.Value); err != nil {
		return fmt.Errorf("revoking an installation token: %w", err)
	}
	return c.noContent()
}
