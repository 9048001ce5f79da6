// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/step"
)

// Standing are the units of the open pull requests that the base has left behind, or that
// do not say what their branches propose.
// To propose them again applies them anew: where the base changed none of their files
// nothing is written, and what it has overtaken is closed. One that cannot be read is
// told in the error, and holds back none of the units, which are nil only where none could
// be looked for.
func (r *Repository) Standing(ctx context.Context) ([]Unit, error) {
	if _, err := r.defaultBranch(ctx); err != nil {
		return nil, err
	}
	open, err := r.ourOpen(ctx)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	tip, err := r.baseTip(ctx)
	if err != nil {
		return nil, err
	}
	base, err := r.snapshot(ctx, tip)
	if err != nil {
		return nil, err
	}
	units := []Unit{}
	var failures []error
	for _, pr := range open {
		u, err := r.standing(ctx, base, pr)
		if err != nil {
			failures = append(failures, fmt.Errorf("refreshing %s: %w", pr.GetHTMLURL(), err))
		}
		if hopeless(ctx, err) {
			break
		}
		if err == nil && len(u.Services) > 0 {
			units = append(units, u)
		}
	}
	return units, errors.Join(failures...)
}

// hopeless tells an error that others would end in as well: the forge is silent, or time is up.
func hopeless(ctx context.Context, err error) bool {
	return ctx.Err() != nil || step.CodeOf(err) == step.CodeNoAnswer
}

// standing is the unit of one pull request; one without services when there is
// nothing to propose again.
func (r *Repository) standing(ctx context.Context, base *snapshot, pr *github.PullRequest) (Unit, error) {
	b, err := r.readPull(ctx, pr)
	if err != nil || !r.restorable(b, pr) || !b.behind && r.told(pr, b.proposal) {
		return Unit{}, err
	}
	return r.afresh(ctx, base, b, pr)
}

// restorable tells whether a pull request is one that a run could propose again.
func (r *Repository) restorable(b branch, pr *github.PullRequest) bool {
	switch {
	case b.foreign != "" || len(b.proposal.Parts) == 0:
		r.Log.Warn("left alone, for it holds commits of others", "url", pr.GetHTMLURL(), "found", b.foreign)
		return false
	case r.branchName(b.proposal.Key) != b.name:
		r.Log.Warn("left alone, for its branch is named otherwise", "url", pr.GetHTMLURL(), "branch", b.name)
		return false
	}
	return true
}

// afresh is the unit that proposes again what a branch does. It closes a pull request none
// of whose files the base has any more, and then is without services.
func (r *Repository) afresh(ctx context.Context, base *snapshot, b branch, pr *github.PullRequest) (Unit, error) {
	u, err := r.rooted(ctx, base, b.proposal.unit())
	if err == nil && len(u.Services) == 0 {
		err = r.retire(ctx, u, state{head: b, open: []*github.PullRequest{pr}}, r.Base+" has none of the files that it changes")
	}
	return u, err
}

// rooted is a unit without the services of whose manifests the base has none any more.
func (r *Repository) rooted(ctx context.Context, base *snapshot, u Unit) (Unit, error) {
	rest := Unit{Key: u.Key}
	for _, s := range u.Services {
		there, err := base.hasAny(ctx, s.Paths)
		switch {
		case err != nil:
			return u, err
		case there:
			rest.Services = append(rest.Services, s)
		default:
			r.Log.Warn("no longer proposed, for its manifests are gone", "service", s.Name, "files", strings.Join(s.Paths, ", "))
		}
	}
	return rest, nil
}

// hasAny tells whether there are files at or below some of these paths.
func (s *snapshot) hasAny(ctx context.Context, paths []string) (bool, error) {
	for _, path := range paths {
		if files, err := s.List(ctx, path); err != nil || len(files) > 0 {
			return err == nil, err
		}
	}
	return false, nil
}

// unit is what makes the proposal again.
func (p Proposal) unit() Unit {
	u := Unit{Key: p.Key}
	for _, part := range p.Parts {
		if s, ok := u.carry(part); ok {
			u.Services = append(u.Services, s)
		}
	}
	return u
}

// Sweep deletes the branches that are left of pull requests that were merged or
// closed. One without a pull request is a run's that is about to open it. One that
// cannot be deleted holds back no other.
func (r *Repository) Sweep(ctx context.Context) error {
	open, err := r.ourOpen(ctx)
	if err != nil {
		return err
	}
	refs, _, err := r.Client.Git.ListMatchingRefs(ctx, r.Owner, r.Name, &github.ReferenceListOptions{
		Ref: "heads/" + branchPrefix, ListOptions: github.ListOptions{PerPage: 100},
	})
	if err != nil {
		return r.failed("listing branches", err)
	}
	var failures []error
	for _, ref := range refs {
		name := strings.TrimPrefix(ref.GetRef(), "refs/heads/")
		key, ours := r.keyOf(name)
		if !ours || slices.ContainsFunc(open, func(pr *github.PullRequest) bool { return pr.GetHead().GetRef() == name }) {
			continue
		}
		err := r.sweep(ctx, key, ref.GetObject().GetSHA())
		if err != nil {
			failures = append(failures, fmt.Errorf("sweeping branch %s: %w", name, err))
		}
		if hopeless(ctx, err) {
			break
		}
	}
	return errors.Join(failures...)
}

func (r *Repository) sweep(ctx context.Context, key, tip string) error {
	open, last, err := r.pulls(ctx, key)
	if err != nil || len(open) > 0 || last == nil || last.GetHead().GetSHA() != tip {
		return err
	}
	if last.MergedAt == nil {
		b, err := r.readPull(ctx, last)
		if err != nil || b.foreign != "" || len(b.proposal.Parts) == 0 {
			return err
		}
	}
	if err := r.removeBranch(ctx, r.branchName(key), tip); err != nil {
		return err
	}
	r.Log.Info("deleted the branch of a pull request that is done with", "branch", r.branchName(key), "url", last.GetHTMLURL())
	return nil
}
