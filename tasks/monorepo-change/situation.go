// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/adze-ci/adze/internal/gitx"
)

// Refs that forges make, and what they stand for.
var (
	// queueRef is a merge queue's branch; it ends in the commit that its merge
	// stands on: https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue
	queueRef = regexp.MustCompile(`^(?:refs/heads/)?gh-readonly-queue/.+/pr-[0-9]+-([0-9a-f]{40})$`)
	// pullRef is a pull request's head, or its merge with the base branch.
	pullRef = regexp.MustCompile(`^refs/(?:pull|merge-requests)/[0-9]+/(?:head|merge)$`)
)

// fromSituation finds the base that follows from what --before and --branch
// tell; nil where they tell too little.
func (o *options) fromSituation(ctx context.Context, repo *gitx.Repo, head gitx.Commit) (*gitx.Commit, string, error) {
	queued := queueRef.FindStringSubmatch(o.branch)
	switch {
	case queued != nil:
		return o.inQueue(ctx, repo, head, queued[1])
	case pullRef.MatchString(o.branch):
		return o.sinceDefault(ctx, repo, head)
	case o.before != "" && o.before != zeros:
		return o.sincePush(ctx, repo, head)
	case strings.HasPrefix(o.branch, "refs/tags/"):
		return sinceTag(ctx, repo, head)
	case o.before == zeros:
		return o.sinceDefault(ctx, repo, head)
	}
	return nil, "no base was given", nil
}

// inQueue compares a merge queue's commit with the one that it was merged onto.
func (o *options) inQueue(ctx context.Context, repo *gitx.Repo, head gitx.Commit, onto string) (*gitx.Commit, string, error) {
	c, err := repo.Resolve(ctx, onto)
	if isMissing(err) && o.before != "" && o.before != zeros {
		return o.sincePush(ctx, repo, head)
	}
	return &c, "the commit before it in the merge queue", err
}

// sincePush compares with what the branch pointed to before. After a forced push
// that commit may be gone; then the merge base with the default branch is the
// best that is left, and none after a push to the default branch.
func (o *options) sincePush(ctx context.Context, repo *gitx.Repo, head gitx.Commit) (*gitx.Commit, string, error) {
	const what = "the commit before the push"
	c, gone := repo.Resolve(ctx, o.before)
	if !isMissing(gone) || strings.HasPrefix(o.branch, "refs/tags/") {
		return &c, what, gone
	}
	base, instead, err := o.sinceDefault(ctx, repo, head)
	if err != nil || base == nil {
		return nil, what, gone
	}
	return base, instead + ", for " + what + " is gone", nil
}

// sinceDefault compares with where a branch left the default branch. What was
// pushed to the default branch itself has no such place.
func (o *options) sinceDefault(ctx context.Context, repo *gitx.Repo, head gitx.Commit) (*gitx.Commit, string, error) {
	main, err := repo.Default(ctx)
	if err != nil {
		return nil, "the base of a new branch", err
	}
	name := strings.TrimPrefix(main.Name, "refs/heads/")
	branch := strings.TrimPrefix(o.branch, "refs/heads/")
	if branch == name || branch == "" && main.ID == head.ID {
		return nil, "this is the first push of the default branch " + name, nil
	}
	c, err := repo.MergeBase(ctx, main.ID, head.ID)
	if err == nil && branch == "" && c.ID == head.ID {
		return nil, "the commit is part of the default branch " + name + ", and --branch does not say where it was pushed", nil
	}
	return &c, "the merge base with " + name, err
}

// sinceTag compares a new tag with the one before it.
func sinceTag(ctx context.Context, repo *gitx.Repo, head gitx.Commit) (*gitx.Commit, string, error) {
	c, tag, err := repo.PreviousTag(ctx, head.ID)
	if errors.Is(err, gitx.ErrNoTag) {
		return nil, "this is the first tag, " + err.Error(), nil
	}
	return &c, "the tag before it, " + strings.TrimPrefix(tag, "refs/tags/"), err
}

func isMissing(err error) bool {
	var missing *gitx.MissingError
	return errors.As(err, &missing)
}
