// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"slices"
	"strings"
)

// listPulls filters by state (open unless named), base, and head, which GitHub
// heeds only in the form user:branch.
func (c *call) listPulls() error {
	state := c.query("state")
	if state == "" {
		state = "open"
	}
	if !slices.Contains([]string{"open", "closed", "all"}, state) {
		return invalid("PullRequest", "state", "invalid")
	}
	owner, head, hasHead := strings.Cut(c.query("head"), ":")
	var found []*issue
	for _, i := range c.repo.pulls() {
		switch {
		case state != "all" && i.state != state || c.repo.unseenPull(i.number):
		case c.query("base") != "" && i.pull.base != c.query("base"):
		case hasHead && (!strings.EqualFold(owner, c.repo.owner.Login) || i.pull.head != head):
		default:
			found = append(found, i)
		}
	}
	c.sortPulls(found)
	return c.answerPulls(found)
}

// sortPulls: by creation, the newest first, unless the client says otherwise; a
// named sort other than creation is ascending by default.
func (c *call) sortPulls(found []*issue) {
	by, direction := c.query("sort"), c.query("direction")
	if direction == "" {
		direction = "asc"
		if by == "" || by == "created" {
			direction = "desc"
		}
	}
	slices.SortStableFunc(found, func(a, b *issue) int {
		n := int(a.number - b.number)
		switch by {
		case "updated":
			if d := a.updated.Compare(b.updated); d != 0 {
				n = d
			}
		case "popularity":
			if d := len(c.commentsOf(a.number)) - len(c.commentsOf(b.number)); d != 0 {
				n = d
			}
		}
		if direction == "desc" {
			return -n
		}
		return n
	})
}
