// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/go-github/v60/github"
)

// Branch is the name of a unit's branch.
func Branch(key string) string { return "adze/" + key }

// branch is what a unit's branch held when it was read.
type branch struct {
	// tip is the commit it is at; empty when there is no branch.
	tip string
	// ahead tells whether it holds commits that the base does not have, and
	// behind whether the base holds others.
	ahead, behind bool
	// proposal is what its last commit proposes.
	proposal Proposal
	// foreign names the first commit that this package did not make.
	foreign string
}

// readBranch reads a unit's branch against the tip of the base.
func (r *Repository) readBranch(ctx context.Context, key, base string) (branch, error) {
	tip, err := r.tip(ctx, Branch(key))
	if err != nil || tip == "" {
		return branch{}, err
	}
	cmp, _, err := r.Client.Repositories.CompareCommits(ctx, r.Owner, r.Name, base, tip, &github.ListOptions{PerPage: 100})
	if err != nil {
		return branch{}, r.failed("comparing "+Branch(key)+" with "+r.Base, err)
	}
	b := branch{tip: tip, ahead: cmp.GetAheadBy() > 0, behind: cmp.GetBehindBy() > 0}
	if cmp.GetTotalCommits() > len(cmp.Commits) {
		b.foreign = fmt.Sprintf("one of its %d commits", cmp.GetTotalCommits())
		return b, nil
	}
	b.judge(key, cmp.Commits)
	return b, nil
}

// judge looks for commits of others, and for the proposal. Commits that come
// oldest first below one of ours were the base's when we made it: a forced push
// took them away since.
func (b *branch) judge(key string, commits []*github.RepositoryCommit) {
	all := map[string]bool{}
	for _, c := range commits {
		all[c.GetSHA()] = true
	}
	for _, c := range commits {
		p, ours := proposalOf(key, c)
		switch {
		case ours && b.proposal.Key == "":
			b.proposal, b.foreign = p, strangerBeside(commits, c)
		case ours:
			b.proposal = p
		case mergesBase(c, all):
		case b.foreign == "":
			b.foreign = describe(c)
		}
	}
}

// proposalOf reads what a commit proposes. The commit's tree is held against the
// one named in its message: an amended commit keeps the message.
func proposalOf(key string, c *github.RepositoryCommit) (Proposal, bool) {
	p, ok := ParseMessage(c.GetCommit().GetMessage())
	return p, ok && p.Key == key && p.tree == c.GetCommit().GetTree().GetSHA()
}

// strangerBeside names the first commit before ours that ours does not descend
// from, or none. The base may have been made of merges.
func strangerBeside(commits []*github.RepositoryCommit, ours *github.RepositoryCommit) string {
	i := slices.Index(commits, ours)
	below := map[string]bool{ours.GetSHA(): true}
	for _, c := range slices.Backward(commits[:i+1]) {
		if below[c.GetSHA()] {
			for _, p := range c.Parents {
				below[p.GetSHA()] = true
			}
		}
	}
	for _, c := range commits[:i] {
		if !below[c.GetSHA()] {
			return describe(c)
		}
	}
	return ""
}

func describe(c *github.RepositoryCommit) string {
	return fmt.Sprintf("commit %.7s by %s", c.GetSHA(), c.GetCommit().GetAuthor().GetName())
}

// mergesBase knows what the forge's "update branch" makes: a merge whose other
// parents lie in the base.
func mergesBase(c *github.RepositoryCommit, own map[string]bool) bool {
	if len(c.Parents) < 2 {
		return false
	}
	for _, p := range c.Parents[1:] {
		if own[p.GetSHA()] {
			return false
		}
	}
	return true
}

// holds tells whether the branch proposes just this, on top of the whole base.
func (b branch) holds(p Proposal) bool {
	return !b.behind && b.ahead && b.proposal.same(p)
}
