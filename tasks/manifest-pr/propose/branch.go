// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"

	"github.com/google/go-github/v60/github"
)

// Branch is the name of a service's branch.
func Branch(service string) string { return "adze/" + service }

// branch is what a service's branch held when it was read.
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

// readBranch reads a service's branch against the tip of the base.
func (r *Repository) readBranch(ctx context.Context, service, base string) (branch, error) {
	tip, err := r.tip(ctx, Branch(service))
	if err != nil || tip == "" {
		return branch{}, err
	}
	cmp, _, err := r.Client.Repositories.CompareCommits(ctx, r.Owner, r.Name, base, tip, &github.ListOptions{PerPage: 100})
	if err != nil {
		return branch{}, r.failed("comparing "+Branch(service)+" with "+r.Base, err)
	}
	b := branch{tip: tip, ahead: cmp.GetAheadBy() > 0, behind: cmp.GetBehindBy() > 0}
	if cmp.GetTotalCommits() > len(cmp.Commits) {
		b.foreign = fmt.Sprintf("one of its %d commits", cmp.GetTotalCommits())
		return b, nil
	}
	b.judge(service, cmp.Commits)
	return b, nil
}

// judge looks for commits of others, and for the proposal. The commit's tree is
// held against the one named in its message: an amended commit keeps the message.
func (b *branch) judge(service string, commits []*github.RepositoryCommit) {
	own := map[string]bool{}
	for _, c := range commits {
		own[c.GetSHA()] = true
	}
	for _, c := range commits {
		p, ok := ParseMessage(c.GetCommit().GetMessage())
		switch {
		case ok && p.Service == service && p.tree == c.GetCommit().GetTree().GetSHA():
			b.proposal = p
		case mergesBase(c, own):
		case b.foreign == "":
			b.foreign = fmt.Sprintf("commit %.7s by %s", c.GetSHA(), c.GetCommit().GetAuthor().GetName())
		}
	}
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
	q := b.proposal
	if b.behind || !b.ahead || q.Image != p.Image || q.Commit != p.Commit || q.Digest != p.Digest || len(q.Edits) != len(p.Edits) {
		return false
	}
	for i := range q.Edits {
		if q.Edits[i] != p.Edits[i] {
			return false
		}
	}
	return true
}
