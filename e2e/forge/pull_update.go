// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"time"
)

// pullPatch is what an update of a pull request may change.
type pullPatch struct {
	Title    *string `json:"title"`
	Body     *string `json:"body"`
	State    *string `json:"state"`
	Base     *string `json:"base"`
	Maintain *bool   `json:"maintainer_can_modify"`
}

func (c *call) updatePull() error {
	i, err := c.pull()
	if err != nil {
		return err
	}
	var patch pullPatch
	if err := c.body(&patch); err != nil {
		return err
	}
	if err := c.editPull(i, patch); err != nil {
		return err
	}
	setIf(&i.pull.maintain, patch.Maintain)
	return c.answerPull(http.StatusOK, i)
}

// editPull checks the whole patch before it applies any of it.
func (c *call) editPull(i *issue, p pullPatch) error {
	if p.Title != nil && *p.Title == "" {
		return invalid("PullRequest", "title", "missing_field")
	}
	if err := c.checkState(i, p.State); err != nil {
		return err
	}
	if err := c.checkBase(i, p.Base); err != nil {
		return err
	}
	c.applyEdits(i, p)
	if p.State != nil && *p.State != i.state {
		c.mover().setState(c.ctx(), i, *p.State)
	}
	return nil
}

func (c *call) checkState(i *issue, state *string) error {
	if state == nil || *state == i.state {
		return nil
	}
	switch *state {
	case "closed":
		return nil
	case "open":
		if i.pull.merged {
			return custom("PullRequest", "state cannot be changed. The pull request cannot be reopened.")
		}
		head, err := c.repo.git.Ref(c.ctx(), headsPrefix+i.pull.head)
		if err != nil {
			return custom("PullRequest", "state cannot be changed. The %s branch has been deleted.", i.pull.head)
		}
		if ok, err := c.repo.git.IsAncestor(c.ctx(), i.pull.headSHA, head.SHA); err != nil || !ok {
			return custom("PullRequest", "state cannot be changed. The %s branch was force-pushed or recreated.", i.pull.head)
		}
		return nil
	default:
		return invalid("PullRequest", "state", "invalid")
	}
}

func (c *call) checkBase(i *issue, base *string) error {
	if base == nil || *base == i.pull.base {
		return nil
	}
	if _, err := c.repo.git.Ref(c.ctx(), headsPrefix+*base); err != nil {
		return invalid("PullRequest", "base", "invalid")
	}
	if i.state != "open" {
		return custom("PullRequest", "Cannot change the base branch of a closed pull request.")
	}
	return nil
}

// applyEdits changes title, body and base, and tells of it in one event.
func (c *call) applyEdits(i *issue, p pullPatch) {
	changes := object{}
	if p.Title != nil && *p.Title != i.title {
		changes["title"] = object{"from": i.title}
		i.title = *p.Title
	}
	if p.Body != nil && *p.Body != i.body {
		changes["body"] = object{"from": i.body}
		i.body = *p.Body
	}
	if p.Base != nil && *p.Base != i.pull.base {
		if ref, err := c.repo.git.Ref(c.ctx(), headsPrefix+*p.Base); err == nil {
			changes["base"] = object{"ref": object{"from": i.pull.base}, "sha": object{"from": i.pull.baseSHA}}
			i.pull.base, i.pull.baseSHA, i.pull.trial = *p.Base, ref.SHA, trial{}
		}
	}
	if len(changes) > 0 {
		i.updated = c.now()
		c.mover().pullEvent(c.ctx(), i, "edited", object{"changes": changes})
	}
}

func (i *issue) close(by *account, at time.Time) {
	i.state, i.closed, i.closedBy, i.updated = "closed", at, by, at
	i.pull.auto = nil
}
