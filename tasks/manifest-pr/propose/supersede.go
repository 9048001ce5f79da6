// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// supersede closes the open pull requests from other branches that propose nothing but the
// same or older versions of what is proposed now, and takes out of others what is
// older: those of older runs, and those of another --group.
func (r *Repository) supersede(ctx context.Context, p Proposal, by *github.PullRequest) error {
	if r.trimsFor != nil {
		return nil
	}
	r.proposed.mu.Lock()
	defer r.proposed.mu.Unlock()
	r.proposed.add(p)
	all, err := r.concerned(ctx, p, by)
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

func (s *superseding) add(p Proposal) {
	if s.parts == nil {
		s.parts = map[string]Part{}
	}
	for _, part := range p.Parts {
		s.parts[part.Service] = part
	}
}

// concerned lists the open pull requests; none where no other may propose a
// service of p. Those of groups are listed anew: a run that was faster may have opened one
// since, or taken something out of one.
func (r *Repository) concerned(ctx context.Context, p Proposal, by *github.PullRequest) ([]*github.PullRequest, error) {
	if !IsGroupKey(p.Key) {
		all, err := r.ourOpen(ctx)
		if err != nil || !slices.ContainsFunc(all, func(pr *github.PullRequest) bool {
			return pr.GetNumber() != by.GetNumber() && r.mayConcern(p, pr.GetHead().GetRef())
		}) {
			return nil, err
		}
	}
	return r.listOurs(ctx)
}

// mayConcern tells by its name whether a branch may propose a service of p: names
// of groups, and those that another template made, say nothing, so their commits have to be looked at.
func (r *Repository) mayConcern(p Proposal, branch string) bool {
	key, ok := r.keyOf(branch)
	return !ok || IsGroupKey(key) || p.part(key).Service != ""
}

// supersedeOne closes a pull request all of whose parts are proposed elsewhere, and
// takes out of it those that are where not all are.
func (r *Repository) supersedeOne(ctx context.Context, pr, by *github.PullRequest, all []*github.PullRequest) error {
	old, err := r.readPull(ctx, pr)
	if err != nil {
		return err
	}
	if old.foreign != "" || len(old.proposal.Parts) == 0 {
		r.Log.Warn("another pull request is open and holds commits of others, so it is left alone", "url", pr.GetHTMLURL())
		return nil
	}
	var links []int
	for _, part := range old.proposal.Parts {
		where, err := r.proposedElsewhere(ctx, part, pr, by, all)
		if err != nil {
			return err
		}
		if where != 0 {
			links = append(links, where)
		}
	}
	switch {
	case len(links) == len(old.proposal.Parts):
		return r.closeOlder(ctx, pr, old, links)
	case len(links) == 0 && r.told(pr, old.proposal):
		return nil
	}
	return r.trim(ctx, pr, by)
}

func (r *Repository) closeOlder(ctx context.Context, pr *github.PullRequest, old branch, by []int) error {
	now, err := r.tip(ctx, old.name)
	switch {
	case err != nil || now == "": // closed by another run already
		return err
	case now != old.tip:
		return fmt.Errorf("branch %s went from %.7s to %.7s: %w", old.name, old.tip, now, errMoved)
	}
	if err := r.closeSuperseded(ctx, pr, by...); err != nil {
		return err
	}
	if err := r.removeBranch(ctx, old.name, old.tip); !errors.Is(err, errOvertaken) {
		return err
	}
	return nil
}

// proposedElsewhere is the pull request that proposes a part of another one in the same
// version or a newer one: this run's, that of its service alone, or one of several services
// that has a newer one; 0 for none.
func (r *Repository) proposedElsewhere(ctx context.Context, part Part, of, by *github.PullRequest, all []*github.PullRequest) (int, error) {
	if ours, ok := r.proposed.parts[part.Service]; ok {
		done, err := r.replaces(ctx, ours, part)
		return numberIf(done, by), err
	}
	for _, pr := range all {
		if pr.GetNumber() == of.GetNumber() || !r.mayConcern(Proposal{Parts: []Part{part}}, pr.GetHead().GetRef()) {
			continue
		}
		if done, err := r.proposes(ctx, pr, part); err != nil || done {
			return numberIf(done, pr), err
		}
	}
	return 0, nil
}

// proposes tells whether a pull request that is not this run's takes the place of a part.
// Of two of several services it is only the newer one, or each would be closed for the other.
func (r *Repository) proposes(ctx context.Context, pr *github.PullRequest, part Part) (bool, error) {
	other, err := r.readPull(ctx, pr)
	if err != nil || other.foreign != "" {
		return false, err
	}
	theirs := other.proposal.part(part.Service)
	if other.name == r.branchName(part.Service) {
		return r.replaces(ctx, theirs, part)
	}
	if !isCommit(theirs.Commit) || !isCommit(part.Commit) {
		return false, nil
	}
	relation, err := r.kinship(ctx, theirs.Commit, part.Commit)
	switch {
	case absent(err):
		return false, nil // theirs is gone
	case err == nil && relation == diverged:
		return r.leftBehind(ctx, part.Commit, theirs.Commit)
	}
	return relation == behind, err
}

func numberIf(found bool, pr *github.PullRequest) int {
	if !found {
		return 0
	}
	return pr.GetNumber()
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
