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

func historyRoutes() []Route {
	return []Route{
		rest("GET /repos/{owner}/{repo}/commits", "contents:read").to((*call).listCommits),
		rest("GET /repos/{owner}/{repo}/commits/{ref}", "contents:read").to((*call).getCommit),
		rest("GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls", "pull_requests:read").to((*call).listCommitPulls),
		rest("GET /repos/{owner}/{repo}/compare/{basehead}", "contents:read").to((*call).compare),
		rest("GET /repos/{owner}/{repo}/branches", "contents:read").to((*call).listBranches),
		rest("GET /repos/{owner}/{repo}/branches/{branch}", "contents:read").to((*call).getBranch),
	}
}

func (c *call) listCommits() error {
	if err := c.notEmpty(); err != nil {
		return err
	}
	rev := c.query("sha")
	if rev == "" {
		rev = c.repo.defaultBranch
	}
	tip, err := c.repo.git.Commit(c.ctx(), rev)
	if err != nil {
		return notFound()
	}
	o := bare.LogOptions{Path: c.query("path"), Author: c.query("author")}
	for name, to := range map[string]*time.Time{"since": &o.Since, "until": &o.Until} {
		if v := c.query(name); v != "" {
			if *to, err = time.Parse(time.RFC3339, v); err != nil {
				return refuse(http.StatusBadRequest, "%s is not a time", name)
			}
		}
	}
	shas, err := c.repo.git.Log(c.ctx(), []string{tip}, o)
	if err != nil {
		return err
	}
	return c.commitPageOf(shas)
}

// commitPageOf answers with the asked page of a list of commits.
func (c *call) commitPageOf(shas []string) error {
	p := c.page()
	from, to := p.bounds(len(shas))
	out, err := c.renderCommits(shas[from:to])
	if err != nil {
		return err
	}
	c.linkHeader(p, len(shas))
	return c.json(http.StatusOK, out)
}

func (c *call) getCommit() error {
	if err := c.notEmpty(); err != nil {
		return err
	}
	ref := c.param("ref")
	sha, err := c.repo.git.Commit(c.ctx(), ref)
	if err != nil {
		return unprocessable("No commit found for SHA: %s", ref)
	}
	if c.accepts("sha") {
		return c.raw("application/vnd.github.sha; charset=utf-8", []byte(sha))
	}
	commit, err := c.repo.git.ReadCommit(c.ctx(), sha)
	if err != nil {
		return err
	}
	if c.accepts("diff") || c.accepts("patch") {
		return c.answerPatch(parentTree(commit), sha)
	}
	files, err := c.repo.git.Diff(c.ctx(), parentTree(commit), sha)
	if err != nil {
		return err
	}
	out := c.renderCommit(commit)
	adds, dels := lineCounts(files)
	out["stats"] = object{"additions": adds, "deletions": dels, "total": adds + dels}
	out["files"] = c.renderFiles(files, sha)
	return c.json(http.StatusOK, out)
}

// parentTree is what a commit is compared with: its first parent or nothing.
func parentTree(g bare.Commit) string {
	if len(g.Parents) == 0 {
		return bare.EmptyTree
	}
	return g.Parents[0]
}

func lineCounts(files []bare.FileDiff) (adds, dels int) {
	for _, f := range files {
		adds, dels = adds+f.Additions, dels+f.Deletions
	}
	return adds, dels
}

// answerPatch answers with text: a diff, or the commits as mails.
func (c *call) answerPatch(from, to string) error {
	make, mediaType := c.repo.git.Patch, "application/vnd.github.diff; charset=utf-8"
	if c.accepts("patch") {
		make, mediaType = c.repo.git.Mails, "application/vnd.github.patch; charset=utf-8"
	}
	text, err := make(c.ctx(), from, to)
	if err != nil {
		return err
	}
	return c.raw(mediaType, text)
}

// resolve finds a commit from "branch" or "owner:branch" of this repository.
func (c *call) resolve(ctx context.Context, name string) (string, error) {
	if owner, ref, ok := strings.Cut(name, ":"); ok {
		if !strings.EqualFold(owner, c.repo.owner.Login) {
			return "", notFound()
		}
		name = ref
	}
	return c.repo.git.Commit(ctx, name)
}

func (c *call) compare() error {
	base, head, ok := strings.Cut(c.param("basehead"), "...")
	if !ok {
		return notFound()
	}
	from, err1 := c.resolve(c.ctx(), base)
	to, err2 := c.resolve(c.ctx(), head)
	if err1 != nil || err2 != nil {
		return notFound()
	}
	fork, err := c.repo.git.MergeBase(c.ctx(), from, to)
	if errors.Is(err, bare.ErrNotFound) {
		return refuse(http.StatusNotFound, "No common ancestor between %s and %s.", base, head)
	} else if err != nil {
		return err
	}
	if c.accepts("diff") || c.accepts("patch") {
		return c.answerPatch(fork, to)
	}
	return c.renderComparison(base, head, [3]string{from, fork, to})
}

func (c *call) renderComparison(base, head string, at [3]string) error {
	from, fork, to := at[0], at[1], at[2]
	behind, ahead, err := c.repo.git.Count(c.ctx(), from, to)
	if err != nil {
		return err
	}
	ends, err := c.renderCommits([]string{from, fork})
	if err != nil {
		return err
	}
	commits, err := c.comparedCommits(from, to)
	if err != nil {
		return err
	}
	name := c.repo.fullName()
	page := c.links.site("/%s/compare/%s...%s", name, escapePath(base), escapePath(head))
	out := object{
		"url": c.links.api("/repos/%s/compare/%s...%s", name, escapePath(base), escapePath(head)), "html_url": page,
		"permalink_url": c.links.site("/%s/compare/%s:%s...%s:%s", name, c.repo.owner.Login, from[:7], c.repo.owner.Login, to[:7]),
		"diff_url":      page + ".diff", "patch_url": page + ".patch", "base_commit": ends[0], "merge_base_commit": ends[1],
		"status": comparison(ahead, behind), "ahead_by": ahead, "behind_by": behind, "total_commits": ahead, "commits": commits,
	}
	if c.page().number == 1 { // the other pages list commits only
		files, err := c.repo.git.Diff(c.ctx(), fork, to)
		if err != nil {
			return err
		}
		out["files"] = c.renderFiles(files, to)
	}
	return c.json(http.StatusOK, out)
}

// comparedCommits lists what head has and base has not, oldest first: 250 at
// most where no page is asked for.
func (c *call) comparedCommits(from, to string) ([]any, error) {
	shas, err := c.repo.git.Log(c.ctx(), []string{to}, bare.LogOptions{Not: []string{from}, Reverse: true})
	if err != nil {
		return nil, err
	}
	p := c.page()
	if c.query("page") == "" && c.query("per_page") == "" {
		p.size = 250
	}
	first, last := p.bounds(len(shas))
	c.linkHeader(p, len(shas))
	return c.renderCommits(shas[first:last])
}

func comparison(ahead, behind int) string {
	switch {
	case ahead > 0 && behind > 0:
		return "diverged"
	case ahead > 0:
		return "ahead"
	case behind > 0:
		return "behind"
	default:
		return "identical"
	}
}
