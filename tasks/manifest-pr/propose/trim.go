// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"

	"github.com/google/go-github/v60/github"
)

// trim takes out of an open pull request what others propose newer versions of, of whom
// by is this run's: it is proposed again, and gives way. One that cannot be written stays as it is, for the
// newer versions are proposed already, and the next run tries again.
func (r *Repository) trim(ctx context.Context, pr, by *github.PullRequest) error {
	again := *r
	again.trimsFor, again.Look = by, r.Look.bare()
	err := again.proposeAgain(ctx, pr)
	if err == nil || hopeless(ctx, err) {
		return err
	}
	r.Log.Warn("another pull request still proposes older versions", "url", pr.GetHTMLURL(), "cause", err.Error())
	return nil
}

// proposeAgain makes a pull request anew.
func (r *Repository) proposeAgain(ctx context.Context, pr *github.PullRequest) error {
	tip, err := r.baseTip(ctx)
	if err != nil {
		return err
	}
	base, err := r.snapshot(ctx, tip)
	if err != nil {
		return err
	}
	b, err := r.readPull(ctx, pr)
	if err != nil || !r.restorable(b, pr) {
		return err
	}
	u, err := r.afresh(ctx, base, b, pr)
	if err == nil && len(u.Services) > 0 {
		_, err = r.Propose(ctx, u)
	}
	return err
}
