// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

// ErrForeign says that a branch holds commits of others, which are never overwritten.
var ErrForeign = errors.New("not overwriting the commits of others")

// Propose makes the open pull request of a unit propose its services' images.
func (r *Repository) Propose(ctx context.Context, u Unit) (Outcome, error) {
	return r.insist(ctx, u, r.attempt)
}

// state is all that was read before an attempt writes.
type state struct {
	base *snapshot
	plan manifests.Plan
	head branch
	open []*github.PullRequest
	last *github.PullRequest // the newest that is not open
	// declined is what a person turned down by closing the last.
	declined Proposal
}

func (r *Repository) attempt(ctx context.Context, u Unit) (Outcome, error) {
	st, err := r.read(ctx, u)
	if err != nil {
		return Outcome{}, err
	}
	mine := propose(u, st.plan)
	aside, err := r.weigh(ctx, st, mine)
	if err != nil {
		return Outcome{}, err
	}
	if len(aside) == len(u.Services) {
		return r.stepAside(ctx, u, st, mine, aside)
	}
	whole, err := r.join(ctx, u, &st, aside)
	if err != nil {
		return Outcome{}, err
	}
	out, err := r.apply(ctx, whole, st)
	out.leave(aside)
	out.Named = mine.named()
	return out, err
}

// apply makes the branch and the pull request be as the plans say.
func (r *Repository) apply(ctx context.Context, u Unit, st state) (Outcome, error) {
	p := propose(u, st.plan).changing()
	switch {
	case len(p.Parts) == 0:
		return Outcome{Kind: Unchanged}, r.retire(ctx, u, st, fmt.Sprintf("%s names %s%s", r.Base, u.images(), u.namedMark()))
	case st.head.foreign != "":
		return Outcome{}, step.Hint(fmt.Errorf("branch %s holds %s: %w", st.head.name, st.head.foreign, ErrForeign),
			"merge or close its pull request and delete the branch; the next run makes a new one")
	case st.declined.covers(p):
		return r.turnedDown(ctx, st, p)
	}
	return r.put(ctx, u, st, p)
}

// read reads the pull requests, the base, the manifests and the branch, in this
// order: a pull request that is merged meanwhile was open when it was looked for, and so
// is not taken for one that has yet to be opened.
func (r *Repository) read(ctx context.Context, u Unit) (state, error) {
	var st state
	if _, err := r.defaultBranch(ctx); err != nil {
		return st, err
	}
	var err error
	if st.open, st.last, err = r.pulls(ctx, u.Key); err != nil {
		return st, err
	}
	tip, err := r.baseTip(ctx)
	if err != nil {
		return st, err
	}
	if st.base, err = r.snapshot(ctx, tip); err != nil {
		return st, err
	}
	if st.plan, err = u.plan(ctx, st.base); err != nil {
		return st, err
	}
	st.plan.Warn(r.Log)
	if st.head, err = r.readBranch(ctx, u.Key, tip); err != nil {
		return st, err
	}
	st.declined, err = r.decline(ctx, u.Key, st)
	return st, err
}

// propose turns planned edits into a proposal.
func propose(u Unit, plan manifests.Plan) Proposal {
	p := Proposal{Key: u.Key}
	for _, s := range u.Services {
		p.Parts = append(p.Parts, Part{Service: s.Name, Commit: s.Commit, Image: s.Image.Reference(), Digest: s.Image.Digest, Edits: edits(plan, s.Name)})
	}
	return p
}

// edits are those that a plan makes for one service.
func edits(plan manifests.Plan, service string) []Edit {
	var all []Edit
	for _, f := range plan.Files {
		for _, c := range f.Changes {
			e := Edit{File: f.Path, Old: c.Old, New: c.New}
			if n := len(all); c.Service == service && (n == 0 || all[n-1] != e) {
				all = append(all, e)
			}
		}
	}
	return all
}

// put makes the pull request propose this, but for what others propose newer
// versions of, and closes those that it takes the place of.
func (r *Repository) put(ctx context.Context, u Unit, st state, p Proposal) (Outcome, error) {
	newer, err := r.rivals(ctx, p)
	if err != nil {
		return Outcome{}, err
	}
	if len(newer) > 0 {
		return r.giveWay(ctx, u, st, p, newer)
	}
	out, pr, tip, err := r.place(ctx, u, st, p)
	if err == nil {
		err = r.notRebuilt(ctx, p)
	}
	if err == nil {
		err = r.supersede(ctx, p, pr)
	}
	if err != nil {
		return out, err
	}
	newer, err = r.rivals(ctx, p)
	switch {
	case err != nil:
		return out, err
	case len(newer) == len(p.Parts):
		return r.yield(ctx, []*github.PullRequest{pr}, st.head.name, tip, newer)
	case len(newer) > 0:
		return out, fmt.Errorf("another pull request proposes a newer version of %s: %w", strings.Join(slices.Sorted(maps.Keys(newer)), ", "), errOvertaken)
	}
	return out, nil
}

// place writes what is missing: the commit, the branch, the pull request. It gives
// the pull request, and the commit that the branch is at.
func (r *Repository) place(ctx context.Context, u Unit, st state, p Proposal) (Outcome, *github.PullRequest, string, error) {
	tip, moved, from := st.head.tip, false, ""
	p.Base, p.Source = r.Base, r.source()
	stays, err := r.stays(ctx, st, p)
	if err != nil {
		return Outcome{}, nil, "", err
	}
	if stays {
		p = st.head.proposal // with the notes of the run that made it
	} else {
		if p, err = r.annotate(ctx, p, st.head.proposal); err != nil {
			return Outcome{}, nil, "", err
		}
		if tip, err = r.write(ctx, st, p); err != nil {
			return Outcome{}, nil, "", err
		}
		moved, from = true, st.head.tip
	}
	pr, kind, err := r.sync(ctx, st.open, p)
	if err != nil {
		return Outcome{}, nil, "", err
	}
	if kind == Unchanged && moved {
		kind = Updated
	}
	out := Outcome{Kind: kind, URL: pr.GetHTMLURL(), Number: pr.GetNumber()}
	if pr.GetState() == "closed" {
		return out, pr, tip, fmt.Errorf("pull request %d was closed meanwhile: %w", pr.GetNumber(), errOvertaken)
	}
	if err := r.confirm(ctx, u.Key, tip); err != nil {
		return out, pr, tip, err
	}
	if err := r.stillNeeded(ctx, st, kind); err != nil {
		return out, pr, tip, err
	}
	if err := r.recheck(ctx, pr, from); err != nil {
		return out, pr, tip, err
	}
	return out, pr, tip, r.decorate(ctx, pr, u.Key, tip)
}

// confirm reads the branch once more after the pull request was written: whoever
// moved it meanwhile may have written the pull request before us.
func (r *Repository) confirm(ctx context.Context, key, tip string) error {
	return r.stands(ctx, r.branchName(key), tip)
}

// stillNeeded reads the base once more after a pull request was opened: another one of the
// branch may have been opened and merged since it was looked for one.
func (r *Repository) stillNeeded(ctx context.Context, st state, kind Kind) error {
	if kind != Opened {
		return nil
	}
	return r.stands(ctx, r.Base, st.base.commit)
}

// stands tells whether a branch still is where it was read.
func (r *Repository) stands(ctx context.Context, branch, at string) error {
	now, err := r.tip(ctx, branch)
	if err == nil && now != at {
		err = fmt.Errorf("branch %s went from %.7s to %.7s: %w", branch, at, now, errMoved)
	}
	return err
}

// changing is the proposal without the parts that change nothing.
func (p Proposal) changing() Proposal {
	p.Parts = slices.DeleteFunc(slices.Clone(p.Parts), func(part Part) bool { return len(part.Edits) == 0 })
	return p
}

// named are the services of which the base names the proposed version.
func (p Proposal) named() []string {
	var all []string
	for _, part := range p.Parts {
		if len(part.Edits) == 0 {
			all = append(all, part.Service)
		}
	}
	return all
}
