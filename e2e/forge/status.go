// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"slices"
	"time"
)

type status struct {
	id                          int64
	sha                         string
	state, context, description string
	target                      string
	creator                     *account
	created                     time.Time
}

func statusRoutes() []Route {
	return []Route{
		rest("POST /repos/{owner}/{repo}/statuses/{sha}", "statuses:write").to((*call).createStatus),
		rest("GET /repos/{owner}/{repo}/commits/{ref}/statuses", "statuses:read").to((*call).listStatuses),
		rest("GET /repos/{owner}/{repo}/commits/{ref}/status", "statuses:read").to((*call).combinedStatus),
		rest("POST /repos/{owner}/{repo}/check-runs", "checks:write").to((*call).createCheck),
		rest("GET /repos/{owner}/{repo}/check-runs/{check_run_id}", "checks:read").to((*call).getCheck),
		rest("PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}", "checks:write").to((*call).updateCheck),
		rest("GET /repos/{owner}/{repo}/commits/{ref}/check-runs", "checks:read").to((*call).listChecks),
	}
}

// maxDescription is how long a status's description may be on GitHub.
const maxDescription = 140

func (c *call) createStatus() error {
	var body struct {
		State       string `json:"state"`
		Target      string `json:"target_url"`
		Description string `json:"description"`
		Context     string `json:"context"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	if !slices.Contains([]string{"error", "failure", "pending", "success"}, body.State) {
		return invalid("Status", "state", "inclusion")
	}
	if len([]rune(body.Description)) > maxDescription {
		return custom("Status", "description is too long (maximum is %d characters)", maxDescription)
	}
	sha := c.param("sha")
	if kind, err := c.repo.git.Kind(c.ctx(), sha); err != nil || kind != "commit" {
		return custom("Status", "No commit found for SHA: %s", sha)
	}
	if body.Context == "" {
		body.Context = "default"
	}
	s := &status{id: c.newID(), sha: sha, state: body.State, context: body.Context, description: body.Description,
		target: body.Target, creator: c.actor, created: c.now()}
	c.repo.statuses = append(c.repo.statuses, s)
	if err := c.json(http.StatusCreated, c.renderStatus(s, true)); err != nil {
		return err
	}
	return c.mover().autoMerges(c.ctx())
}

func (c *call) renderStatus(s *status, creator bool) object {
	out := object{
		"id": s.id, "node_id": nodeID("SC", s.id), "url": c.links.api("/repos/%s/statuses/%s", c.repo.fullName(), s.sha),
		"avatar_url": c.links.site("/avatars/u/%d", s.creator.ID), "state": s.state, "description": orNil(s.description),
		"target_url": orNil(s.target), "context": s.context, "created_at": stamp(s.created), "updated_at": stamp(s.created),
	}
	if creator {
		out["creator"] = user(c.links, s.creator)
	}
	return out
}

// statusesOf lists a commit's statuses, the newest first; latest keeps one per context.
func (r *repository) statusesOf(sha string, latest bool) []*status {
	var out []*status
	for _, s := range slices.Backward(r.statuses) {
		same := func(x *status) bool { return x.context == s.context }
		if s.sha == sha && (!latest || !slices.ContainsFunc(out, same)) {
			out = append(out, s)
		}
	}
	return out
}

// refCommit finds the commit of the path's {ref}.
func (c *call) refCommit() (string, error) {
	sha, err := c.repo.git.Commit(c.ctx(), c.param("ref"))
	if err != nil {
		return "", refuse(http.StatusNotFound, "Not Found")
	}
	return sha, nil
}

func (c *call) listStatuses() error {
	sha, err := c.refCommit()
	if err != nil {
		return err
	}
	return list(c, c.repo.statusesOf(sha, false), func(s *status) any { return c.renderStatus(s, true) })
}

func (c *call) combinedStatus() error {
	sha, err := c.refCommit()
	if err != nil {
		return err
	}
	latest := c.repo.statusesOf(sha, true)
	state, out := "success", []any{}
	for _, s := range latest {
		out = append(out, c.renderStatus(s, false))
		switch {
		case s.state == "error" || s.state == "failure":
			state = "failure"
		case s.state == "pending" && state == "success":
			state = "pending"
		}
	}
	if len(latest) == 0 {
		state = "pending"
	}
	u := c.links.api("/repos/%s/commits/%s", c.repo.fullName(), sha)
	return c.json(http.StatusOK, object{"state": state, "statuses": out, "sha": sha, "total_count": len(latest),
		"repository": minimalRepo(c.links, c.repo), "commit_url": u, "url": u + "/status"})
}

// contexts maps the names of a commit's statuses and check runs to success,
// failure or pending.
func (r *repository) contexts(sha string) map[string]string {
	out := map[string]string{}
	for _, s := range r.statusesOf(sha, true) {
		out[s.context] = s.state
	}
	for _, run := range r.checks {
		if run.sha == sha {
			out[run.name] = run.outcome()
		}
	}
	return out
}

// unmet are the contexts that must be green on a commit before it may be merged
// into a branch, and are not.
func (r *repository) unmet(branch, sha string) []string {
	have := r.contexts(sha)
	var out []string
	for _, name := range r.protected[branch] {
		if have[name] != "success" {
			out = append(out, name)
		}
	}
	return out
}
