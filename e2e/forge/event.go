// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
)

// event is one thing that happened, on its way to the hooks that want it.
type event struct {
	name, action string
	payload      object
}

// listening says whether any hook wants an event, so that payloads nobody reads
// are not made.
func (r *repository) listening(name string) bool {
	return slices.ContainsFunc(r.hooks, func(h *hook) bool { return h.wants(name) })
}

// emit hands an event to the hooks. Its addresses are those of the API under
// /api/v3, whatever the client that caused it used.
func (m mover) emit(e event) {
	for _, h := range m.repo.hooks {
		if h.wants(e.name) {
			m.emitTo(h, e)
		}
	}
}

func (m mover) emitTo(h *hook, e event) {
	e.payload["repository"] = m.eventRepo(e.name == "push")
	e.payload["sender"] = user(m.eventLinks(), m.actor)
	if m.repo.owner.Kind == "Organization" {
		e.payload["organization"] = renderOrganization(m.eventLinks(), m.repo.owner)
	}
	body, err := json.Marshal(e.payload)
	if err != nil {
		m.log.Error("rendering an event", "event", e.name, "error", err)
		return
	}
	m.courier.send(h, &delivery{id: m.newID(), guid: uuid(), event: e.name, action: e.action, body: body, repo: m.repo.id})
}

func (m mover) eventLinks() links { return links{web: m.links.web, rel: enterprisePrefix} }

// eventRepo is the repository as events have it: a push event bears times as
// numbers, and the owner's name and address.
func (m mover) eventRepo(push bool) object {
	out := minimalRepo(m.eventLinks(), m.repo)
	delete(out, "delete_branch_on_merge")
	out["custom_properties"] = object{}
	if !push {
		return out
	}
	out["url"] = m.eventLinks().site("/%s", m.repo.fullName())
	out["created_at"], out["pushed_at"] = m.repo.created.Unix(), m.repo.pushed.Unix()
	out["stargazers"], out["master_branch"] = 0, m.repo.defaultBranch
	if owner, ok := out["owner"].(object); ok {
		owner = maps.Clone(owner)
		owner["name"], owner["email"] = m.repo.owner.Login, orNil(m.repo.owner.Email)
		out["owner"] = owner
	}
	if m.repo.owner.Kind == "Organization" {
		out["organization"] = m.repo.owner.Login
	}
	return out
}

func renderOrganization(l links, a *account) object {
	u := l.api("/orgs/%s", a.Login)
	return object{
		"login": a.Login, "id": a.ID, "node_id": nodeID("O", a.ID), "url": u, "repos_url": u + "/repos", "events_url": u + "/events",
		"hooks_url": u + "/hooks", "issues_url": u + "/issues", "members_url": u + "/members{/member}",
		"public_members_url": u + "/public_members{/member}", "avatar_url": l.site("/avatars/u/%d", a.ID), "description": nil,
	}
}

// pullEvent tells of a change to a pull request; extra is what the action adds.
func (m mover) pullEvent(ctx context.Context, i *issue, action string, extra object) {
	m.notePull(i, action)
	if !m.repo.listening("pull_request") {
		return
	}
	at := m
	at.links = m.eventLinks()
	rendered, err := at.renderPull(ctx, i, true)
	if err != nil {
		m.log.Error("rendering a pull request event", "action", action, "error", err)
		return
	}
	fitEvent(rendered)
	payload := object{"action": action, "number": i.number, "pull_request": rendered}
	maps.Copy(payload, extra)
	m.emit(event{name: "pull_request", action: action, payload: payload})
}

// fitEvent makes a pull request as the API has it what it is in an event.
func fitEvent(pull object) {
	for _, end := range []string{"head", "base"} {
		if o, ok := pull[end].(object); ok {
			if repo, ok := o["repo"].(object); ok {
				repo["custom_properties"] = object{}
			}
		}
	}
	teams, _ := pull["requested_teams"].([]any)
	for _, team := range teams {
		if o, ok := team.(object); ok {
			delete(o, "organization_id")
			delete(o, "type")
		}
	}
}
