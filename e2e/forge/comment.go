// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"slices"
	"time"
)

// maxCommentBody is how many characters a comment or a body may have on GitHub.
const maxCommentBody = 65536

type comment struct {
	id, issue        int64
	body             string
	user             *account
	created, updated time.Time
}

func (c *call) commentsOf(number int64) []*comment {
	var out []*comment
	for _, m := range c.repo.comments {
		if m.issue == number {
			out = append(out, m)
		}
	}
	return out
}

func (c *call) renderComment(m *comment) any {
	return object{
		"id": m.id, "node_id": nodeID("IC", m.id), "url": c.links.api("/repos/%s/issues/comments/%d", c.repo.fullName(), m.id),
		"html_url": c.pullPage(m.issue) + "#issuecomment-" + itoa(m.id), "issue_url": c.issueURL(m.issue), "body": m.body,
		"user": user(c.links, m.user), "created_at": stamp(m.created), "updated_at": stamp(m.updated),
		"author_association": association(c.repo, m.user), "performed_via_github_app": nil,
	}
}

func (c *call) listComments() error {
	i, err := c.issue()
	if err != nil {
		return err
	}
	return list(c, c.commentsOf(i.number), c.renderComment)
}

func (c *call) commentBody() (string, error) {
	var body struct {
		Body string `json:"body"`
	}
	if err := c.body(&body); err != nil {
		return "", err
	}
	if body.Body == "" {
		return "", missing("body")
	}
	if len([]rune(body.Body)) > maxCommentBody {
		return "", custom("IssueComment", "body is too long (maximum is %d characters)", maxCommentBody)
	}
	return body.Body, nil
}

func (c *call) createComment() error {
	i, err := c.issue()
	if err != nil {
		return err
	}
	text, err := c.commentBody()
	if err != nil {
		return err
	}
	m := &comment{id: c.newID(), issue: i.number, body: text, user: c.actor, created: c.now(), updated: c.now()}
	c.repo.comments = append(c.repo.comments, m)
	i.updated = c.now()
	return c.json(http.StatusCreated, c.renderComment(m))
}

func (c *call) comment() (*comment, error) {
	id, err := c.number("comment_id")
	if err != nil {
		return nil, err
	}
	for _, m := range c.repo.comments {
		if m.id == id {
			return m, nil
		}
	}
	return nil, notFound()
}

func (c *call) getComment() error {
	m, err := c.comment()
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, c.renderComment(m))
}

func (c *call) updateComment() error {
	m, err := c.comment()
	if err != nil {
		return err
	}
	text, err := c.commentBody()
	if err != nil {
		return err
	}
	m.body, m.updated = text, c.now()
	return c.json(http.StatusOK, c.renderComment(m))
}

func (c *call) deleteComment() error {
	m, err := c.comment()
	if err != nil {
		return err
	}
	c.repo.comments = slices.DeleteFunc(c.repo.comments, func(x *comment) bool { return x == m })
	return c.noContent()
}
