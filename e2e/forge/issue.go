// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"time"
)

// issue is what issues and pull requests have in common. Only pull requests are
// made here: a plain issue has no route that creates it.
type issue struct {
	id, number               int64
	title, body, state       string
	user, closedBy           *account
	labels                   []*label
	assignees                []*account
	milestone                *milestone
	created, updated, closed time.Time
	pull                     *pull
}

func issueRoutes() []Route {
	return []Route{
		rest("GET /repos/{owner}/{repo}/issues/{issue_number}", "issues:read").to((*call).getIssue),
		rest("PATCH /repos/{owner}/{repo}/issues/{issue_number}", "issues:write").to((*call).updateIssue),
		rest("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", "issues:read").to((*call).listComments),
		rest("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", "issues:write").to((*call).createComment),
		rest("GET /repos/{owner}/{repo}/issues/comments/{comment_id}", "issues:read").to((*call).getComment),
		rest("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", "issues:write").to((*call).updateComment),
		rest("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", "issues:write").to((*call).deleteComment),
		rest("POST /repos/{owner}/{repo}/issues/{issue_number}/assignees", "issues:write").to((*call).addAssignees),
		rest("DELETE /repos/{owner}/{repo}/issues/{issue_number}/assignees", "issues:write").to((*call).removeAssignees),
		rest("GET /repos/{owner}/{repo}/milestones", "issues:read").to((*call).listMilestones),
		rest("POST /repos/{owner}/{repo}/milestones", "issues:write").to((*call).createMilestone),
	}
}

func (c *call) issue() (*issue, error) {
	n, err := c.number("issue_number")
	if err != nil {
		return nil, err
	}
	i := c.repo.issues[n]
	if i == nil {
		return nil, notFound()
	}
	return i, nil
}

func (c *call) getIssue() error {
	i, err := c.issue()
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, c.renderIssue(i))
}

func (c *call) issueURL(n int64) string {
	return c.links.api("/repos/%s/issues/%d", c.repo.fullName(), n)
}

func (c *call) renderIssue(i *issue) object {
	u := c.issueURL(i.number)
	assignees := users(c.links, i.assignees)
	out := object{
		"id": i.id, "node_id": nodeID("I", i.id), "url": u, "repository_url": c.links.api("/repos/%s", c.repo.fullName()),
		"labels_url": u + "/labels{/name}", "comments_url": u + "/comments", "events_url": u + "/events",
		"html_url": c.links.site("/%s/issues/%d", c.repo.fullName(), i.number), "number": i.number, "state": i.state, "state_reason": nil,
		"title": i.title, "body": orNil(i.body), "user": user(c.links, i.user), "labels": c.renderLabels(i.labels),
		"assignee": firstOf(assignees), "assignees": assignees, "milestone": c.renderMilestone(i.milestone), "locked": false,
		"active_lock_reason": nil, "comments": len(c.commentsOf(i.number)), "closed_at": stampOrNil(i.closed), "closed_by": user(c.links, i.closedBy),
		"created_at": stamp(i.created), "updated_at": stamp(i.updated), "author_association": association(c.repo, i.user), "draft": i.pull.draft,
	}
	page := c.pullPage(i.number)
	out["html_url"] = page
	out["pull_request"] = object{
		"url": c.pullURL(i.number), "html_url": page, "diff_url": page + ".diff", "patch_url": page + ".patch", "merged_at": stampOrNil(i.pull.mergedAt),
	}
	return out
}

func users(l links, all []*account) []any {
	out := []any{}
	for _, a := range all {
		out = append(out, user(l, a))
	}
	return out
}

func firstOf(all []any) any {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// association is what an account is to a repository.
func association(r *repository, a *account) string {
	switch {
	case a == r.owner:
		return "OWNER"
	case a != nil && a.Kind == "Bot":
		return "NONE"
	default:
		return "COLLABORATOR"
	}
}

func (c *call) updateIssue() error {
	i, err := c.issue()
	if err != nil {
		return err
	}
	var body issuePatch
	if err := c.body(&body); err != nil {
		return err
	}
	if err := c.applyIssuePatch(i, body); err != nil {
		return err
	}
	return c.json(http.StatusOK, c.renderIssue(i))
}
