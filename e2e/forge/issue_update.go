// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// issuePatch is what an update of an issue may change. Milestone keeps null
// (take it away) apart from absent.
type issuePatch struct {
	Title     *string         `json:"title"`
	Body      *string         `json:"body"`
	State     *string         `json:"state"`
	Labels    *[]string       `json:"labels"`
	Assignees *[]string       `json:"assignees"`
	Milestone json.RawMessage `json:"milestone"`
}

func (c *call) applyIssuePatch(i *issue, p issuePatch) error {
	number, err := c.milestoneNumber(p.Milestone)
	if err != nil {
		return err
	}
	if err := c.editPull(i, pullPatch{Title: p.Title, Body: p.Body, State: p.State}); err != nil {
		return err
	}
	if p.Labels != nil {
		c.setLabels(i, *p.Labels)
	}
	if p.Assignees != nil {
		c.setAssignees(i, *p.Assignees)
	}
	if p.Milestone != nil {
		i.milestone = c.findMilestone(number)
	}
	i.updated = c.now()
	return nil
}

func (c *call) milestoneNumber(raw json.RawMessage) (int64, error) {
	if raw == nil || string(raw) == "null" {
		return 0, nil
	}
	var n int64
	if err := json.Unmarshal(raw, &n); err != nil || c.findMilestone(n) == nil {
		return 0, invalid("Issue", "milestone", "invalid")
	}
	return n, nil
}

type assigneesBody struct {
	Assignees []string `json:"assignees"`
}

// addAssignees takes at most ten; those who are no users are left out without a
// word, as GitHub does.
func (c *call) addAssignees() error {
	return c.editAssignees(http.StatusCreated, func(i *issue, named []string) []string {
		return append(logins(i.assignees), named...)
	})
}

func (c *call) removeAssignees() error {
	return c.editAssignees(http.StatusOK, func(i *issue, named []string) []string {
		return slices.DeleteFunc(logins(i.assignees), func(l string) bool { return containsFold(named, l) })
	})
}

func (c *call) editAssignees(status int, change func(*issue, []string) []string) error {
	i, err := c.issue()
	if err != nil {
		return err
	}
	var body assigneesBody
	if err := c.body(&body); err != nil {
		return err
	}
	c.setAssignees(i, change(i, body.Assignees))
	return c.json(status, c.renderIssue(i))
}

const maxAssignees = 10

func (c *call) setAssignees(i *issue, names []string) {
	before := i.assignees
	i.assignees = nil
	for _, name := range names {
		a := c.account(name)
		if a == nil || a.Kind != "User" || slices.Contains(i.assignees, a) || len(i.assignees) == maxAssignees {
			continue
		}
		i.assignees = append(i.assignees, a)
	}
	for _, a := range i.assignees {
		if !slices.Contains(before, a) {
			c.mover().pullEvent(c.ctx(), i, "assigned", object{"assignee": user(c.links, a)})
		}
	}
	for _, a := range before {
		if !slices.Contains(i.assignees, a) {
			c.mover().pullEvent(c.ctx(), i, "unassigned", object{"assignee": user(c.links, a)})
		}
	}
}

func logins(all []*account) []string {
	var out []string
	for _, a := range all {
		out = append(out, a.Login)
	}
	return out
}

func containsFold(all []string, s string) bool {
	return slices.ContainsFunc(all, func(x string) bool { return strings.EqualFold(x, s) })
}
