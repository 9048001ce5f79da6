// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"time"
)

type milestone struct {
	id, number                int64
	title, description, state string
	creator                   *account
	created                   time.Time
}

func (c *call) findMilestone(number int64) *milestone {
	for _, m := range c.repo.milestones {
		if m.number == number {
			return m
		}
	}
	return nil
}

func (c *call) renderMilestone(m *milestone) any {
	if m == nil {
		return nil
	}
	u := c.links.api("/repos/%s/milestones/%d", c.repo.fullName(), m.number)
	open, closed := 0, 0
	for _, i := range c.repo.issues {
		switch {
		case i.milestone != m:
		case i.state == "open":
			open++
		default:
			closed++
		}
	}
	return object{
		"id": m.id, "node_id": nodeID("MI", m.id), "number": m.number, "url": u, "labels_url": u + "/labels",
		"html_url": c.links.site("/%s/milestone/%d", c.repo.fullName(), m.number), "title": m.title, "description": orNil(m.description),
		"state": m.state, "creator": user(c.links, m.creator), "open_issues": open, "closed_issues": closed,
		"created_at": stamp(m.created), "updated_at": stamp(m.created), "closed_at": nil, "due_on": nil,
	}
}

func (c *call) listMilestones() error {
	state := c.query("state")
	var kept []*milestone
	for _, m := range c.repo.milestones {
		if state == "all" || m.state == state || (state == "" && m.state == "open") {
			kept = append(kept, m)
		}
	}
	return list(c, kept, c.renderMilestone)
}

func (c *call) createMilestone() error {
	var body struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		State       string `json:"state"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Title == "" {
		return invalid("Milestone", "title", "missing_field")
	}
	for _, m := range c.repo.milestones {
		if m.title == body.Title {
			return invalid("Milestone", "title", "already_exists")
		}
	}
	if body.State == "" {
		body.State = "open"
	}
	m := &milestone{id: c.newID(), number: int64(len(c.repo.milestones)) + 1, title: body.Title,
		description: body.Description, state: body.State, creator: c.actor, created: c.now()}
	c.repo.milestones = append(c.repo.milestones, m)
	return c.json(http.StatusCreated, c.renderMilestone(m))
}
