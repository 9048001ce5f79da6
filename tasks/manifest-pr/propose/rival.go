// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

// rivals are, by service, the newer versions that open pull requests from other
// branches propose. A group gives way to them: with a pull request for each run the newer one
// is of another branch. They are listed anew each time, before and after the own
// one is opened, so that of two runs that race at least one sees the other.
func (r *Repository) rivals(ctx context.Context, p Proposal) (map[string]Newer, error) {
	if !IsGroupKey(p.Key) {
		return nil, nil
	}
	all, err := r.listOurs(ctx)
	if err != nil {
		return nil, err
	}
	found, err := r.outdoes(ctx, p)
	if err != nil {
		return nil, err
	}
	for _, pr := range all {
		if pr.GetHead().GetRef() == r.branchName(p.Key) || !r.mayConcern(p, pr.GetHead().GetRef()) {
			continue
		}
		if err := r.outdone(ctx, p, pr, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// outdoes are, by service, the newer versions that this run itself proposes when it
// trims for that. No list may have its pull request yet.
func (r *Repository) outdoes(ctx context.Context, p Proposal) (map[string]Newer, error) {
	found := map[string]Newer{}
	if r.trimsFor == nil {
		return found, nil
	}
	for _, part := range p.Parts {
		newer, err := r.newer(ctx, part.Commit, r.proposed.parts[part.Service].Commit)
		if err != nil {
			return nil, err
		}
		if newer != "" {
			found[part.Service] = Newer{newer, r.trimsFor.GetHTMLURL(), r.trimsFor.GetNumber()}
		}
	}
	return found, nil
}

// outdone notes the services of which a pull request proposes the newest version found so far.
func (r *Repository) outdone(ctx context.Context, p Proposal, pr *github.PullRequest, found map[string]Newer) error {
	other, err := r.readPull(ctx, pr)
	if err != nil || other.foreign != "" {
		return err
	}
	for _, part := range p.Parts {
		newest := cmp.Or(found[part.Service].Commit, part.Commit)
		newer, err := r.newer(ctx, newest, other.proposal.part(part.Service).Commit)
		if absent(err) {
			continue // what the branch proposes for another run may be gone from the sources
		}
		if err != nil {
			return err
		}
		if newer != "" {
			found[part.Service] = Newer{newer, pr.GetHTMLURL(), pr.GetNumber()}
		}
	}
	return nil
}

// giveWay proposes the rest of a unit, without the services of which others
// propose newer versions; where nothing is left it closes what is open.
func (r *Repository) giveWay(ctx context.Context, u Unit, st state, p Proposal, to map[string]Newer) (Outcome, error) {
	if len(to) == len(p.Parts) {
		return r.yield(ctx, st.open, st.head.name, st.head.tip, to)
	}
	rest := Unit{Key: u.Key, Services: slices.DeleteFunc(slices.Clone(u.Services), func(s manifests.Service) bool {
		_, newer := to[s.Name]
		return newer
	})}
	if err := r.replan(ctx, rest, &st); err != nil {
		return Outcome{}, err
	}
	out, err := r.apply(ctx, rest, st)
	out.leave(to)
	return out, err
}

// yield closes what is open for a proposal, and deletes its branch, for newer
// versions' pull requests.
func (r *Repository) yield(ctx context.Context, open []*github.PullRequest, branch, tip string, to map[string]Newer) (Outcome, error) {
	var by []int
	for _, newer := range to {
		by = append(by, newer.Number)
	}
	if len(open) > 0 {
		if err := r.stands(ctx, branch, tip); err != nil {
			return Outcome{}, err
		}
	}
	for _, pr := range open {
		if err := r.closeSuperseded(ctx, pr, by...); err != nil {
			return Outcome{}, err
		}
	}
	return leaving(to), r.removeBranch(ctx, branch, tip)
}

// closeSuperseded closes a pull request, with a link to those that took its place.
func (r *Repository) closeSuperseded(ctx context.Context, pr *github.PullRequest, by ...int) error {
	slices.Sort(by)
	var links []string
	for _, number := range slices.Compact(by) {
		links = append(links, fmt.Sprintf("#%d", number))
	}
	if err := r.closePull(ctx, pr, "Superseded by "+strings.Join(links, ", ")+"."); err != nil {
		return err
	}
	r.Log.Info("closed a superseded pull request", "url", pr.GetHTMLURL(), "by", strings.Join(links, ", "))
	return nil
}
