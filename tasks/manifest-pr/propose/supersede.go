// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-github/v60/github"
)

// maxOpen bounds how many open pull requests are looked through, in pages of a hundred.
const maxOpen = 10

// ourOpen lists the open pull requests to the base from branches that bear our
// prefix, once: those opened meanwhile see to themselves.
func (r *Repository) ourOpen(ctx context.Context) ([]*github.PullRequest, error) {
	o := &github.PullRequestListOptions{State: "open", Base: r.Base, ListOptions: github.ListOptions{PerPage: 100}}
	var ours []*github.PullRequest
	for range maxOpen {
		page, resp, err := r.Client.PullRequests.List(ctx, r.Owner, r.Name, o)
		if err != nil {
			return nil, r.failed("listing pull requests", err)
		}
		for _, pr := range page {
			if strings.EqualFold(pr.GetHead().GetRepo().GetFullName(), r.Owner+"/"+r.Name) && strings.HasPrefix(pr.GetHead().GetRef(), Branch("")) {
				ours = append(ours, pr)
			}
		}
		if o.Page = resp.NextPage; o.Page == 0 {
			break
		}
	}
	return ours, nil
}

// supersede closes the open pull requests from other branches that propose
// nothing but the same or older versions of what is proposed now: those of another --group.
func (r *Repository) supersede(ctx context.Context, p Proposal, by *github.PullRequest) error {
	all, err := r.ourOpen(ctx)
	if err != nil {
		return err
	}
	for _, pr := range all {
		if pr.GetNumber() == by.GetNumber() || !p.mayConcern(pr.GetHead().GetRef()) {
			continue
		}
		if err := r.supersedeOne(ctx, pr, rivals{p, by, all}); err != nil {
			return err
		}
	}
	return nil
}

// rivals are what a pull request may be superseded by.
type rivals struct {
	proposal Proposal
	by       *github.PullRequest
	all      []*github.PullRequest
}

// mayConcern tells by its name whether a branch may propose a service of p: names
// of groups say nothing, so their commits have to be looked at.
func (p Proposal) mayConcern(branch string) bool {
	key := strings.TrimPrefix(branch, Branch(""))
	if IsGroupKey(key) {
		return true
	}
	return slices.ContainsFunc(p.Parts, func(part Part) bool { return strings.Contains(key, part.Service) })
}

func (r *Repository) supersedeOne(ctx context.Context, pr *github.PullRequest, by rivals) error {
	old, err := r.readPull(ctx, pr)
	if err != nil {
		return err
	}
	if old.foreign != "" || len(old.proposal.Parts) == 0 {
		r.Log.Warn("another pull request is open and holds commits of others, so it is left alone", "url", pr.GetHTMLURL())
		return nil
	}
	for _, part := range old.proposal.Parts {
		if done, err := r.proposedElsewhere(ctx, part, pr, by); err != nil || !done {
			return err
		}
	}
	if err := r.closePull(ctx, pr, fmt.Sprintf("Superseded by #%d.", by.by.GetNumber())); err != nil {
		return err
	}
	r.Log.Info("closed a superseded pull request", "url", pr.GetHTMLURL(), "by", by.by.GetHTMLURL())
	return r.removeBranch(ctx, pr.GetHead().GetRef(), old.tip)
}

// proposedElsewhere tells whether a part of one pull request is proposed by the
// one made now, or by that of its service alone, in the same version or a newer one.
func (r *Repository) proposedElsewhere(ctx context.Context, part Part, of *github.PullRequest, by rivals) (bool, error) {
	if mine := by.proposal.part(part.Service); mine.Service != "" {
		return r.replaces(ctx, mine, part)
	}
	for _, pr := range by.all {
		if pr.GetNumber() == of.GetNumber() || pr.GetHead().GetRef() != Branch(part.Service) {
			continue
		}
		other, err := r.readPull(ctx, pr)
		if err != nil {
			return false, err
		}
		return r.replaces(ctx, other.proposal.part(part.Service), part)
	}
	return false, nil
}

// readPull reads what a pull request of ours proposes, whatever its unit.
func (r *Repository) readPull(ctx context.Context, pr *github.PullRequest) (branch, error) {
	commits, _, err := r.Client.PullRequests.ListCommits(ctx, r.Owner, r.Name, pr.GetNumber(), &github.ListOptions{PerPage: 100})
	if err != nil {
		return branch{}, r.failed(fmt.Sprintf("listing the commits of pull request %d", pr.GetNumber()), err)
	}
	b := branch{tip: pr.GetHead().GetSHA(), ahead: len(commits) > 0}
	for _, c := range commits {
		if p, ok := ParseMessage(c.GetCommit().GetMessage()); ok {
			b.judge(p.Key, commits)
			break
		}
	}
	return b, nil
}

// replaces tells whether one part is the same version as another, or a newer one.
func (r *Repository) replaces(ctx context.Context, part, old Part) (bool, error) {
	if part.Service == "" {
		return false, nil
	}
	if part.Commit == old.Commit {
		return part.Commit != "" || part.Image == old.Image, nil
	}
	by, err := r.newer(ctx, old.Commit, part.Commit)
	return by != "", err
}
