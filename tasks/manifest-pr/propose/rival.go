// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"

	"github.com/google/go-github/v60/github"
)

// rival is an open pull request from another branch that proposes newer versions
// of all that a proposal does, and one of the commits of those.
type rival struct {
	pull   *github.PullRequest
	commit string
}

// rival looks for one that a group gives way to: with a pull request for each run
// the newer one is of another branch. It lists them anew each time, before and after
// the own one is opened, so that of two runs that race at least one sees the other.
func (r *Repository) rival(ctx context.Context, p Proposal) (*rival, error) {
	if !IsGroupKey(p.Key) {
		return nil, nil
	}
	all, err := r.listOurs(ctx)
	if err != nil {
		return nil, err
	}
	for _, pr := range all {
		if pr.GetHead().GetRef() == r.branchName(p.Key) || !r.mayConcern(p, pr.GetHead().GetRef()) {
			continue
		}
		other, err := r.readPull(ctx, pr)
		if err != nil {
			return nil, err
		}
		by, err := r.outdone(ctx, p, other)
		if err != nil || by != "" {
			return &rival{pr, by}, err
		}
	}
	return nil, nil
}

// outdone tells whether another branch proposes all that a proposal does in the
// same versions or newer ones, and names one that is newer.
func (r *Repository) outdone(ctx context.Context, p Proposal, other branch) (by string, err error) {
	if other.foreign != "" {
		return "", nil
	}
	for _, part := range p.Parts {
		theirs := other.proposal.part(part.Service)
		if theirs.Service != "" && theirs.Commit == part.Commit && part.Commit != "" {
			continue
		}
		newer, err := r.newer(ctx, part.Commit, theirs.Commit)
		if err != nil || newer == "" {
			return "", err
		}
		by = newer
	}
	return by, nil
}

// yield closes what is open for a proposal, and deletes its branch, for a newer
// version's pull request.
func (r *Repository) yield(ctx context.Context, open []*github.PullRequest, branch, tip string, to *rival) (Outcome, error) {
	for _, pr := range open {
		if err := r.closePull(ctx, pr, fmt.Sprintf("Superseded by #%d.", to.pull.GetNumber())); err != nil {
			return Outcome{}, err
		}
		r.Log.Info("closed a superseded pull request", "url", pr.GetHTMLURL(), "by", to.pull.GetHTMLURL())
	}
	out := Outcome{Kind: Superseded, By: to.commit, URL: to.pull.GetHTMLURL(), Number: to.pull.GetNumber()}
	return out, r.removeBranch(ctx, branch, tip)
}
