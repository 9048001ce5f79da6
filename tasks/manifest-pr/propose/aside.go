// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"
	"slices"
)

// stepAside leaves things to newer versions, and repairs what their runs may have
// left: a pull request that was not opened, or that says something older, and one
// that the base has overtaken.
func (r *Repository) stepAside(ctx context.Context, u Unit, st state, mine Proposal, aside map[string]Newer) (Outcome, error) {
	out := leaving(aside)
	stale, err := r.stale(ctx, st, mine)
	if err != nil {
		return Outcome{}, err
	}
	if stale {
		return out, r.retire(ctx, u, st, fmt.Sprintf("%s names a newer version", r.Base))
	}
	pr := first(st.open)
	if st.repairable(aside) {
		var kind Kind
		if pr, kind, err = r.sync(ctx, st.open, st.head.proposal); err == nil && kind != Unchanged {
			err = r.confirm(ctx, u.Key, st.head.tip)
		}
		if err == nil {
			err = r.stillNeeded(ctx, st, kind)
		}
		if err == nil {
			err = r.decorate(ctx, pr, u.Key, st.head.tip)
		}
		if err != nil {
			return Outcome{}, err
		}
	}
	if pr != nil {
		out.URL, out.Number = pr.GetHTMLURL(), pr.GetNumber()
	}
	return out, nil
}

// stale tells whether all that the branch proposes is named by the base, or
// older than what the base names.
func (r *Repository) stale(ctx context.Context, st state, mine Proposal) (bool, error) {
	for _, part := range st.head.proposal.Parts {
		behind, err := r.behindBase(ctx, st.base.commit, part, mine.part(part.Service))
		if err != nil || !behind {
			return false, err
		}
	}
	return st.head.foreign == "" && len(st.head.proposal.Parts) > 0, nil
}

// repairable tells whether the branch is a newer version's, whose pull request is
// to be as the branch says.
func (st *state) repairable(aside map[string]Newer) bool {
	if st.head.foreign != "" || !st.head.ahead || st.settled() {
		return false
	}
	return slices.ContainsFunc(st.head.proposal.Parts, func(p Part) bool { return p.Commit != "" && aside[p.Service].Commit == p.Commit })
}
