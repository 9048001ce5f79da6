// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/step"
)

// The relations of one commit to another.
const (
	identical = "identical"
	ahead     = "ahead"  // the other descends from the one
	behind    = "behind" // the one descends from the other
	diverged  = "diverged"
	unrelated = "unrelated" // they have no common ancestor, or the other is gone
)

// kinships remembers relations, which never change.
type kinships struct {
	mu     sync.Mutex
	known  map[[2]string]string
	branch string // that of the sources, once asked
}

// newer finds, among what the branch proposes and what the base names, a
// version that this one steps aside for: one whose source commit descends from this
// one's, or, where the history was rewritten, one that is still on the source branch when
// this one's is not. It fails when this one's commit cannot be read, for then
// a run that is late could overwrite a newer version.
func (r *Repository) newer(ctx context.Context, mine string, others ...string) (string, error) {
	if !isCommit(mine) {
		return "", nil
	}
	asked := map[string]bool{"": true, mine: true}
	for _, other := range others {
		if asked[other] || !isCommit(other) {
			continue
		}
		asked[other] = true
		aside, err := r.stepsAside(ctx, mine, other)
		if err != nil {
			return "", err
		}
		if aside {
			return other, nil
		}
	}
	return "", nil
}

func (r *Repository) stepsAside(ctx context.Context, mine, other string) (bool, error) {
	relation, err := r.kinship(ctx, mine, other)
	switch {
	case err != nil:
		return false, err
	case relation == diverged:
		return r.leftBehind(ctx, mine, other)
	default:
		return relation == ahead, nil
	}
}

// outlives tells whether mine is the newer of two commits, or the other is gone.
func (r *Repository) outlives(ctx context.Context, mine, other string) (bool, error) {
	if !isCommit(mine) || !isCommit(other) {
		return false, nil
	}
	relation, err := r.kinship(ctx, mine, other)
	if err == nil && relation == diverged {
		return r.leftBehind(ctx, other, mine)
	}
	return relation == behind || relation == unrelated, err
}

// kinship asks how the other commit is related to mine.
func (r *Repository) kinship(ctx context.Context, mine, other string) (string, error) {
	r.kin.mu.Lock()
	defer r.kin.mu.Unlock()
	key := [2]string{mine, other}
	if known := r.kin.known[key]; known != "" {
		return known, nil
	}
	relation, err := r.compare(ctx, mine, other)
	if absent(err) {
		relation, err = unrelated, r.explain(ctx, mine, other)
	}
	if err != nil {
		return "", err
	}
	if r.kin.known == nil {
		r.kin.known = map[[2]string]string{}
	}
	r.kin.known[key] = relation
	return relation, nil
}

func (r *Repository) compare(ctx context.Context, from, to string) (string, error) {
	cmp, _, err := r.Client.Repositories.CompareCommits(ctx, r.SourceOwner, r.SourceName, from, to, &github.ListOptions{PerPage: 1})
	if err != nil {
		return "", r.refused(fmt.Sprintf("asking %s/%s which of %.12s and %.12s is newer", r.SourceOwner, r.SourceName, from, to), err)
	}
	return cmp.GetStatus(), nil
}

// explain finds out why two commits could not be compared. It is an error when
// it is mine that cannot be read.
func (r *Repository) explain(ctx context.Context, mine, other string) error {
	err := r.untilSeen(ctx, "reading commit "+mine, func() error { return r.readCommit(ctx, mine) })
	if err != nil {
		err = fmt.Errorf("whether %.12s is the newest cannot be known, so nothing is written: %w", mine, err)
		return step.Hint(err, "check that %s/%s is the source repository (--source-repo), that commit %s was pushed to it, and that the credentials may read it",
			r.SourceOwner, r.SourceName, mine)
	}
	err = r.readCommit(ctx, other)
	switch {
	case err == nil:
		r.Log.Warn("two commits have no ancestor in common, so the one that runs last is proposed", "commit", mine, "other", other)
	case absent(err):
		r.Log.Warn("the commit that was proposed before is gone from the source repository, so it is replaced", "commit", mine, "gone", other)
		return nil
	}
	return err
}

func (r *Repository) readCommit(ctx context.Context, sha string) error {
	_, _, err := r.Client.Git.GetCommit(ctx, r.SourceOwner, r.SourceName, sha)
	if err != nil {
		return r.refused(fmt.Sprintf("reading commit %.12s of %s/%s", sha, r.SourceOwner, r.SourceName), err)
	}
	return nil
}

// leftBehind judges two commits neither of which descends from the other, as
// after a forced push: the one that the source branch does not hold steps aside.
func (r *Repository) leftBehind(ctx context.Context, mine, other string) (bool, error) {
	branch, err := r.sourceBranch(ctx)
	if err != nil {
		return false, err
	}
	held := map[string]bool{}
	for _, commit := range []string{mine, other} {
		relation, err := r.compare(ctx, commit, branch)
		if absent(err) {
			err = step.Hint(err, "check --source-branch: %s may not be a branch of %s/%s", branch, r.SourceOwner, r.SourceName)
		}
		if err != nil {
			return false, err
		}
		held[commit] = relation == ahead || relation == identical
	}
	if held[mine] == held[other] {
		r.Log.Warn("two commits diverged and the source branch does not tell which is newer, so the one that runs last is proposed",
			"commit", mine, "other", other, "branch", branch, "holds both", held[mine])
		return false, nil
	}
	r.Log.Info("two commits diverged; the one that the source branch holds is taken for the newer", "commit", mine, "other", other, "branch", branch)
	return held[other], nil
}

// sourceBranch is the branch that newer commits come to: the one given, or the
// source repository's default branch.
func (r *Repository) sourceBranch(ctx context.Context) (string, error) {
	switch {
	case r.SourceBranch != "":
		return r.SourceBranch, nil
	case r.SourceOwner == r.Owner && r.SourceName == r.Name:
		return r.defaultBranch(ctx)
	}
	r.kin.mu.Lock()
	defer r.kin.mu.Unlock()
	if r.kin.branch == "" {
		repo, _, err := r.Client.Repositories.Get(ctx, r.SourceOwner, r.SourceName)
		if err != nil {
			return "", r.refused(fmt.Sprintf("asking %s/%s for its default branch", r.SourceOwner, r.SourceName), err)
		}
		r.kin.branch = repo.GetDefaultBranch()
	}
	return r.kin.branch, nil
}
