// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"context"
	"slices"
)

// renderPull renders a pull request; whole adds what only the request for a
// single one and the events have.
func (m mover) renderPull(ctx context.Context, i *issue, whole bool) (object, error) {
	c := &call{Server: m.Server, repo: m.repo, actor: m.actor, links: m.links}
	p, u := i.pull, c.pullURL(i.number)
	page := c.pullPage(i.number)
	assignees, teams := users(m.links, i.assignees), c.renderTeams(p.teams)
	addresses := map[string]string{
		"self": u, "html": page, "issue": c.issueURL(i.number), "comments": c.issueURL(i.number) + "/comments",
		"review_comments": u + "/comments", "review_comment": c.links.api("/repos/%s/pulls/comments{/number}", c.repo.fullName()),
		"commits": u + "/commits", "statuses": c.links.api("/repos/%s/statuses/%s", c.repo.fullName(), p.headSHA),
	}
	rels := object{}
	for name, address := range addresses {
		rels[name] = object{"href": address}
	}
	out := object{
		"url": u, "id": i.id, "node_id": nodeID("PR", i.id), "html_url": page, "diff_url": page + ".diff", "patch_url": page + ".patch",
		"issue_url": addresses["issue"], "commits_url": addresses["commits"], "comments_url": addresses["comments"],
		"review_comments_url": addresses["review_comments"], "review_comment_url": addresses["review_comment"], "statuses_url": addresses["statuses"],
		"number": i.number, "state": i.state, "locked": false, "active_lock_reason": nil, "title": i.title, "body": orNil(i.body), "draft": p.draft,
		"user": user(m.links, i.user), "created_at": stamp(i.created), "updated_at": stamp(i.updated), "closed_at": stampOrNil(i.closed),
		"merged_at": stampOrNil(p.mergedAt), "merge_commit_sha": orNil(p.mergeCommit()), "assignee": firstOf(assignees), "assignees": assignees,
		"requested_reviewers": users(m.links, p.reviewers), "requested_teams": teams, "labels": c.renderLabels(i.labels),
		"milestone": c.renderMilestone(i.milestone), "author_association": association(m.repo, i.user), "auto_merge": renderAuto(m.links, p.auto),
		"head": c.renderEnd(p.head, p.headSHA), "base": c.renderEnd(p.base, p.baseSHA), "_links": rels,
	}
	if !whole {
		return out, nil
	}
	for _, team := range teams {
		delete(team.(object), "parent")
	}
	return out, m.renderWhole(ctx, i, out)
}

func (m mover) renderWhole(ctx context.Context, i *issue, out object) error {
	p := i.pull
	shas, err := m.repo.pullCommits(ctx, p)
	if err != nil {
		return err
	}
	fork, err := m.repo.fork(ctx, p)
	if err != nil {
		return err
	}
	files, err := m.repo.git.Diff(ctx, fork, p.headSHA)
	if err != nil {
		return err
	}
	adds, dels := lineCounts(files)
	mergeable, state := m.repo.mergeable(i)
	comments := 0
	for _, x := range m.repo.comments {
		if x.issue == i.number {
			comments++
		}
	}
	for k, v := range (object{
		"merged": p.merged, "merged_by": user(m.links, p.mergedBy), "mergeable": mergeable, "mergeable_state": state, "rebaseable": mergeable,
		"comments": comments, "review_comments": 0, "maintainer_can_modify": p.maintain, "commits": len(shas), "additions": adds, "deletions": dels,
		"changed_files": len(files),
	}) {
		out[k] = v
	}
	return nil
}

func (p *pull) mergeCommit() string {
	if p.merged {
		return p.mergeSHA
	}
	return p.trial.commit
}

func renderAuto(l links, a *autoMerge) any {
	if a == nil {
		return nil
	}
	return object{"enabled_by": user(l, a.by), "merge_method": a.method, "commit_title": a.title, "commit_message": a.message}
}

// renderEnd renders the head or the base of a pull request.
func (c *call) renderEnd(branch, sha string) object {
	return object{
		"label": c.repo.owner.Login + ":" + branch, "ref": branch, "sha": sha,
		"user": user(c.links, c.repo.owner), "repo": renderRepo(c.links, c.repo),
	}
}

// pulls are the repository's pull requests by number.
func (r *repository) pulls() []*issue {
	var out []*issue
	for _, i := range r.issues {
		if i.pull != nil {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b *issue) int { return int(a.number - b.number) })
	return out
}

// answerPulls answers with the asked page of pull requests.
func (c *call) answerPulls(found []*issue) error {
	return list(c, found, func(i *issue) any {
		out, err := c.mover().renderPull(c.ctx(), i, false)
		if err != nil {
			return nil
		}
		return out
	})
}

func (c *call) answerPull(status int, i *issue) error {
	out, err := c.mover().renderPull(c.ctx(), i, true)
	if err != nil {
		return err
	}
	return c.json(status, out)
}
