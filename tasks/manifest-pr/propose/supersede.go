// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/google/go-github/v60/github"
)

// maxOpen bounds how many open pull requests are looked through, in pages of a hundred.
const maxOpen = 10

// ourOpen lists the open pull requests to the base from branches that bear our
// prefix, once in a run: those opened meanwhile see to themselves.
func (r *Repository) ourOpen(ctx context.Context) ([]*github.PullRequest, error) {
	return r.ours.get(r.Base, func() ([]*github.PullRequest, error) { return r.listOurs(ctx) })
}

func (r *Repository) listOurs(ctx context.Context) ([]*github.PullRequest, error) {
	o := &github.PullRequestListOptions{State: "open", Base: r.Base, ListOptions: github.ListOptions{PerPage: 100}}
	var ours []*github.PullRequest
	for range maxOpen {
		page, resp, err := r.Client.PullRequests.List(ctx, r.Owner, r.Name, o)
		if err != nil {
			return nil, r.failed("listing pull requests", err)
		}
		for _, pr := range page {
			if strings.HasPrefix(pr.GetHead().GetRef(), branchPrefix) && strings.EqualFold(pr.GetHead().GetRepo().GetFullName(), r.Owner+"/"+r.Name) {
				ours = append(ours, pr)
			}
		}
		if o.Page = resp.NextPage; o.Page == 0 {
			break
		}
	}
	return ours, nil
}

// superseding is what a run has proposed so far, by service.
type superseding struct {
	mu    sync.Mutex // held while others are closed, so that it is done once
	parts map[string]Part
}

// supersede closes the open pull requests from other branches that propose
// nothing but the same or older versions of what is proposed now: those of another --group.
func (r *Repository) supersede(ctx context.Context, p Proposal, by *github.PullRequest) error {
	r.proposed.mu.Lock()
	defer r.proposed.mu.Unlock()
	if r.proposed.parts == nil {
		r.proposed.parts = map[string]Part{}
	}
	for _, part := range p.Parts {
		r.proposed.parts[part.Service] = part
	}
	list := r.ourOpen
	if IsGroupKey(p.Key) {
		list = r.listOurs // a run that was faster may have opened one since
	}
	all, err := list(ctx)
	if err != nil {
		return err
	}
	for _, pr := range all {
		if pr.GetNumber() == by.GetNumber() || !r.mayConcern(p, pr.GetHead().GetRef()) {
			continue
		}
		if err := r.supersedeOne(ctx, pr, by, all); err != nil {
			return err
		}
	}
	return nil
}

// mayConcern tells by its name whether a branch may propose a service of p: names
// of groups, and those that another template made, say nothing, so their commits have to be looked at.
func (r *Repository) mayConcern(p Proposal, branch string) bool {
	key, ok := r.keyOf(branch)
	return !ok || IsGroupKey(key) || p.part(key).Service != ""
}

func (r *Repository) supersedeOne(ctx context.Context, pr, by *github.PullRequest, all []*github.PullRequest) error {
	old, err := r.readPull(ctx, pr)
	if err != nil {
		return err
	}
	if old.foreign != "" || len(old.proposal.Parts) == 0 {
		r.Log.Warn("another pull request is open and holds commits of others, so it is left alone", "url", pr.GetHTMLURL())
		return nil
	}
	for _, part := range old.proposal.Parts {
		if done, err := r.proposedElsewhere(ctx, part, pr, all); err != nil || !done {
			return err
		}
	}
	if now, err := r.tip(ctx, old.name); err != nil || now != old.tip {
		return err // closed by another run already, or it proposes something else by now
	}
	if err := r.closePull(ctx, pr, fmt.Sprintf("Superseded by #%d.", by.GetNumber())); err != nil {
		return err
	}
	r.Log.Info("closed a superseded pull request", "url", pr.GetHTMLURL(), "by", by.GetHTMLURL())
	if err := r.removeBranch(ctx, old.name, old.tip); !errors.Is(err, errOvertaken) {
		return err
	}
	return nil
}

// proposedElsewhere tells whether a part of one pull request is proposed by this
// run, or by that of its service alone, in the same version or a newer one.
func (r *Repository) proposedElsewhere(ctx context.Context, part Part, of *github.PullRequest, all []*github.PullRequest) (bool, error) {
	if ours, ok := r.proposed.parts[part.Service]; ok {
		return r.replaces(ctx, ours, part)
	}
	for _, pr := range all {
		if pr.GetNumber() == of.GetNumber() || pr.GetHead().GetRef() != r.branchName(part.Service) {
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

// readPull reads what a pull request of ours proposes, whatever its unit, once.
func (r *Repository) readPull(ctx context.Context, pr *github.PullRequest) (branch, error) {
	b := branch{name: pr.GetHead().GetRef(), tip: pr.GetHead().GetSHA()}
	return r.heads.get(b.name+" "+b.tip, func() (branch, error) { return r.readTip(ctx, b, anyKey, r.Base) })
}

// replaces tells whether one part is the same version as another, or a newer one.
func (r *Repository) replaces(ctx context.Context, part, old Part) (bool, error) {
	if part.Service == "" {
		return false, nil
	}
	if part.Commit == old.Commit {
		return part.Commit != "" || part.Image == old.Image, nil
	}
	return r.outlives(ctx, part.Commit, old.Commit)
}
