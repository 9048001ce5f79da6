// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"errors"
	"net/http"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

type pullBody struct {
	Title    string `json:"title"`
	Head     string `json:"head"`
	HeadRepo string `json:"head_repo"`
	Base     string `json:"base"`
	Body     string `json:"body"`
	Maintain *bool  `json:"maintainer_can_modify"`
	Draft    bool   `json:"draft"`
	Issue    int64  `json:"issue"`
}

func (c *call) createPull() error {
	var body pullBody
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Head == "" || body.Base == "" {
		return missing("head", "base")
	}
	if body.Title == "" {
		return invalid("PullRequest", "title", "missing_field")
	}
	if body.Issue != 0 || body.HeadRepo != "" {
		return refuse(http.StatusNotImplemented, "this stand-in makes pull requests neither from issues nor across repositories")
	}
	p, err := c.newPull(body)
	if err != nil {
		return err
	}
	i, err := c.openPull(body, p)
	if err != nil {
		return err
	}
	if err := c.answerPull(http.StatusCreated, i); err != nil {
		return err
	}
	// GitHub tries the merge in the background, after it answered.
	return c.mover().try(c.ctx(), i)
}

// newPull checks both ends as GitHub does.
func (c *call) newPull(body pullBody) (*pull, error) {
	head := body.Head
	if owner, branch, ok := strings.Cut(head, ":"); ok {
		if !strings.EqualFold(owner, c.repo.owner.Login) {
			return nil, invalid("PullRequest", "head", "invalid")
		}
		head = branch
	}
	if _, err := c.readRef(headsPrefix + head); err != nil {
		return nil, invalid("PullRequest", "head", "invalid")
	}
	headRef, err := c.repo.git.Ref(c.ctx(), headsPrefix+head)
	if err != nil {
		return nil, invalid("PullRequest", "head", "invalid")
	}
	baseRef, err := c.repo.git.Ref(c.ctx(), headsPrefix+body.Base)
	if err != nil {
		return nil, invalid("PullRequest", "base", "invalid")
	}
	if _, err := c.repo.git.MergeBase(c.ctx(), baseRef.SHA, headRef.SHA); errors.Is(err, bare.ErrNotFound) {
		return nil, custom("PullRequest", "The %s branch has no history in common with %s", head, body.Base)
	}
	if done, err := c.repo.git.IsAncestor(c.ctx(), headRef.SHA, baseRef.SHA); err != nil || done {
		return nil, custom("PullRequest", "No commits between %s and %s", body.Base, head)
	}
	for _, i := range c.repo.pulls() {
		if i.state == "open" && i.pull.head == head && i.pull.base == body.Base {
			return nil, custom("PullRequest", "A pull request already exists for %s:%s.", c.repo.owner.Login, head)
		}
	}
	maintain := body.Maintain != nil && *body.Maintain
	return &pull{head: head, base: body.Base, headSHA: headRef.SHA, baseSHA: baseRef.SHA, draft: body.Draft, maintain: maintain}, nil
}

func (c *call) openPull(body pullBody, p *pull) (*issue, error) {
	if len([]rune(body.Body)) > maxCommentBody {
		return nil, custom("PullRequest", "body is too long (maximum is %d characters)", maxCommentBody)
	}
	c.repo.lastNumber++
	i := &issue{id: c.newID(), number: c.repo.lastNumber, title: body.Title, body: body.Body, state: "open",
		user: c.actor, created: c.now(), updated: c.now(), pull: p}
	c.repo.issues[i.number] = i
	c.repo.wrotePull(i.number)
	if err := c.mover().pinHead(c.ctx(), i); err != nil {
		return nil, err
	}
	c.mover().pullEvent(c.ctx(), i, "opened", nil)
	return i, nil
}
