// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// pull is what makes an issue a pull request. Head and base are branches of the
// same repository.
type pull struct {
	head, base string // branch names
	// headSHA follows the head branch while the pull request is open; baseSHA is
	// the tip of the base branch when the head last moved.
	headSHA, baseSHA string
	draft, maintain  bool
	merged           bool
	mergedAt         time.Time
	mergedBy         *account
	mergeSHA         string
	auto             *autoMerge
	reviewers        []*account
	teams            []string
	trial            trial
}

// autoMerge is a merge that waits for the required contexts.
type autoMerge struct {
	by                     *account
	method, title, message string
}

// trial is a merge that was tried out, which says whether there are conflicts.
type trial struct {
	base, head string // what was merged; empty when not tried yet
	commit     string // the result, empty on a conflict
}

func pullRoutes() []Route {
	return []Route{
		rest("GET /repos/{owner}/{repo}/pulls", "pull_requests:read").to((*call).listPulls),
		rest("POST /repos/{owner}/{repo}/pulls", "pull_requests:write").to((*call).createPull),
		rest("GET /repos/{owner}/{repo}/pulls/{pull_number}", "pull_requests:read").to((*call).getPull),
		rest("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", "pull_requests:write").to((*call).updatePull),
		rest("GET /repos/{owner}/{repo}/pulls/{pull_number}/merge", "pull_requests:read").to((*call).isMerged),
		rest("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", "contents:write").to((*call).mergePull),
		rest("GET /repos/{owner}/{repo}/pulls/{pull_number}/files", "pull_requests:read").to((*call).listPullFiles),
		rest("GET /repos/{owner}/{repo}/pulls/{pull_number}/commits", "pull_requests:read").to((*call).listPullCommits),
		rest("PUT /repos/{owner}/{repo}/pulls/{pull_number}/update-branch", "pull_requests:write").to((*call).updateBranch),
	}
}

func (c *call) pullURL(n int64) string {
	return c.links.api("/repos/%s/pulls/%d", c.repo.fullName(), n)
}

func (c *call) pullPage(n int64) string { return c.links.site("/%s/pull/%d", c.repo.fullName(), n) }

// pull finds the pull request of the path.
func (c *call) pull() (*issue, error) {
	n, err := c.number("pull_number")
	if err != nil {
		return nil, err
	}
	i := c.repo.issues[n]
	if i == nil || i.pull == nil {
		return nil, notFound()
	}
	return i, nil
}

func (c *call) getPull() error {
	i, err := c.pull()
	if err != nil {
		return err
	}
	if c.accepts("diff") || c.accepts("patch") {
		fork, err := c.repo.fork(c.ctx(), i.pull)
		if err != nil {
			return err
		}
		return c.answerPatch(fork, i.pull.headSHA)
	}
	if err := c.mover().try(c.ctx(), i); err != nil {
		return err
	}
	out, err := c.mover().renderPull(c.ctx(), i, true)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, out)
}

// fork is the commit where head and base part; that of a merged pull request
// stays what it was.
func (r *repository) fork(ctx context.Context, p *pull) (string, error) {
	base := p.baseSHA
	if !p.merged {
		if ref, err := r.git.Ref(ctx, headsPrefix+p.base); err == nil {
			base = ref.SHA
		}
	}
	return r.git.MergeBase(ctx, base, p.headSHA)
}

// try merges head into the tip of base without moving anything, and keeps the
// outcome until either moves.
func (m mover) try(ctx context.Context, i *issue) error {
	p := i.pull
	base, err := m.repo.git.Ref(ctx, headsPrefix+p.base)
	if err != nil || i.state != "open" || (p.trial.base == base.SHA && p.trial.head == p.headSHA) {
		return nil //nolint:nilerr // a base that is gone leaves the pull request closed
	}
	done := trial{base: base.SHA, head: p.headSHA}
	tree, err := m.repo.git.MergeTrees(ctx, base.SHA, p.headSHA)
	switch {
	case errors.Is(err, bare.ErrConflict):
	case err != nil:
		return err
	default:
		who := bare.Person{Name: webFlowName, Email: webFlowEmail, When: m.now()}
		g := bare.Commit{Tree: tree, Parents: []string{base.SHA, p.headSHA}, Author: who, Committer: who,
			Message: "Merge " + p.headSHA + " into " + base.SHA}
		if done.commit, err = m.repo.git.WriteCommit(ctx, g); err != nil {
			return err
		}
	}
	p.trial = done
	return nil
}

// mergeable is null while no trial was made, as on GitHub, which tries in the
// background; state is GitHub's mergeable_state.
func (r *repository) mergeable(i *issue) (mergeable any, state string) {
	p := i.pull
	switch {
	case i.state != "open" || p.trial.head != p.headSHA:
		return nil, "unknown"
	case p.trial.commit == "":
		return false, "dirty"
	case p.draft:
		return true, "draft"
	}
	return true, r.checksState(p)
}

// checksState is clean, blocked (a required context is not green) or unstable
// (one that is not required).
func (r *repository) checksState(p *pull) string {
	if len(r.unmet(p.base, p.headSHA)) > 0 {
		return "blocked"
	}
	for _, state := range r.contexts(p.headSHA) {
		if state != "success" {
			return "unstable"
		}
	}
	return "clean"
}

func (c *call) isMerged() error {
	i, err := c.pull()
	if err != nil {
		return err
	}
	if !i.pull.merged {
		return notFound()
	}
	return c.noContent()
}

func (c *call) listPullFiles() error {
	i, err := c.pull()
	if err != nil {
		return err
	}
	fork, err := c.repo.fork(c.ctx(), i.pull)
	if err != nil {
		return err
	}
	files, err := c.repo.git.Diff(c.ctx(), fork, i.pull.headSHA)
	if err != nil {
		return err
	}
	return list(c, files[:min(len(files), 3000)], func(f bare.FileDiff) any { return c.renderFile(f, i.pull.headSHA) })
}

// listPullCommits lists at most 250, oldest first.
func (c *call) listPullCommits() error {
	i, err := c.pull()
	if err != nil {
		return err
	}
	shas, err := c.repo.pullCommits(c.ctx(), i.pull)
	if err != nil {
		return err
	}
	return c.commitPageOf(shas[:min(len(shas), 250)])
}

func (r *repository) pullCommits(ctx context.Context, p *pull) ([]string, error) {
	fork, err := r.fork(ctx, p)
	if err != nil {
		return nil, err
	}
	return r.git.Log(ctx, []string{p.headSHA}, bare.LogOptions{Not: []string{fork}, Reverse: true})
}

// listCommitPulls lists the pull requests that a commit is part of.
func (c *call) listCommitPulls() error {
	sha := c.param("commit_sha")
	if _, err := c.repo.git.Commit(c.ctx(), sha); err != nil {
		return unprocessable("No commit found for SHA: %s", sha)
	}
	var found []*issue
	for _, i := range c.repo.pulls() {
		shas, err := c.repo.pullCommits(c.ctx(), i.pull)
		if err != nil {
			return err
		}
		if i.pull.mergeSHA == sha || strings.Contains(strings.Join(shas, " "), sha) {
			found = append(found, i)
		}
	}
	return c.answerPulls(found)
}
