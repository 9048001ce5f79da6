// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/go-github/v60/github"
)

// judge finds out what the branch proposes, and whether it holds the work of
// others. A tip of our own, with the tree that its message names, holds none: what lies
// below it was the base's when it was made. Any other tip is taken for ours if its content is the
// base's with our edits and nothing else, as it is where a person had the forge bring the
// branch up to date by merge or by rebase.
func (r *Repository) judge(ctx context.Context, b *branch, key string, cmp *github.CommitsComparison) error {
	tip, err := r.tipOf(ctx, b.tip, cmp)
	if err != nil {
		return err
	}
	p, ours := proposalOf(key, tip)
	switch {
	case ours && p.Base != "" && p.Base != r.Base:
		b.foreign = "a proposal for branch " + p.Base
		return nil
	case ours && (p.Base != "" || b.changesOnly(p)):
		b.proposal = p
		return nil
	}
	found := false
	if b.proposal, found = lastProposal(key, r.Base, cmp.Commits); found {
		if same, err := r.restated(ctx, b, cmp.GetMergeBaseCommit().GetSHA()); err != nil || same {
			return err
		}
	}
	b.foreign = stranger(key, cmp.Commits, tip)
	return nil
}

// tipOf is the branch's last commit. A comparison lists the oldest commits first,
// so where they are many it is not among them.
func (r *Repository) tipOf(ctx context.Context, sha string, cmp *github.CommitsComparison) (*github.RepositoryCommit, error) {
	for _, c := range slices.Backward(cmp.Commits) {
		if c.GetSHA() == sha {
			return c, nil
		}
	}
	c, _, err := r.Client.Git.GetCommit(ctx, r.Owner, r.Name, sha)
	if err != nil {
		return nil, r.failed("reading commit "+sha, err)
	}
	return &github.RepositoryCommit{SHA: &sha, Commit: c, Parents: c.Parents}, nil
}

// anyKey stands for the key of any unit.
const anyKey = ""

// proposalOf reads what a commit proposes. The commit's tree is held against the
// one named in its message: an amended commit keeps the message.
func proposalOf(key string, c *github.RepositoryCommit) (Proposal, bool) {
	p, ok := ParseMessage(c.GetCommit().GetMessage())
	return p, ok && p.isOf(key) && p.tree == c.GetCommit().GetTree().GetSHA()
}

func (p Proposal) isOf(key string) bool { return key == anyKey || p.Key == key }

// lastProposal is what the last commit that has a message of ours proposes, be
// its content what it may.
func lastProposal(key, base string, commits []*github.RepositoryCommit) (Proposal, bool) {
	for _, c := range slices.Backward(commits) {
		if p, ok := ParseMessage(c.GetCommit().GetMessage()); ok && p.isOf(key) && (p.Base == base || p.Base == "") {
			return p, true
		}
	}
	return Proposal{}, false
}

// stranger describes the last commit that this package did not make, merges
// only where there is no other.
func stranger(key string, commits []*github.RepositoryCommit, tip *github.RepositoryCommit) string {
	for _, c := range slices.Backward(commits) {
		if _, ours := proposalOf(key, c); !ours && len(c.Parents) < 2 {
			return describe(c)
		}
	}
	return describe(tip)
}

func describe(c *github.RepositoryCommit) string {
	return fmt.Sprintf("commit %.7s by %s", c.GetSHA(), c.GetCommit().GetAuthor().GetName())
}
