// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/go-github/v60/github"
)

// retire cleans up when the base names the image already: a pull request that
// is still open proposes something older.
func (r *Repository) retire(ctx context.Context, u Unit, st state) (Outcome, error) {
	out := Outcome{Kind: Unchanged}
	if st.head.foreign != "" {
		r.Log.Warn("the branch holds commits of others and is left alone", "branch", Branch(u.Key), "found", st.head.foreign)
		return out, nil
	}
	if err := r.removeBranch(ctx, Branch(u.Key), st.head.tip); err != nil {
		return Outcome{}, err
	}
	for _, pr := range st.open {
		if err := r.closePull(ctx, pr, fmt.Sprintf("Closed: %s names %s already.", r.Base, u.images())); err != nil {
			return Outcome{}, err
		}
		r.Log.Info("closed a stale pull request", "proposal", u.Key, "url", pr.GetHTMLURL())
	}
	return out, nil
}

// removeBranch deletes a branch that still is where it was read. One that
// another run moved meanwhile holds a proposal that must stay.
func (r *Repository) removeBranch(ctx context.Context, branch, at string) error {
	if at == "" {
		return nil
	}
	node, err := r.nodeID(ctx)
	if err != nil {
		return err
	}
	if node != "" {
		return r.swap(ctx, node, branch, at, noCommit)
	}
	now, err := r.tip(ctx, branch)
	if err == nil && now != at {
		err = fmt.Errorf("branch %s went from %.7s to %.7s: %w", branch, at, now, errOvertaken)
	}
	if err != nil {
		return err
	}
	_, err = r.Client.Git.DeleteRef(ctx, r.Owner, r.Name, "heads/"+branch)
	if gone := status(err); err != nil && gone != http.StatusUnprocessableEntity && gone != http.StatusNotFound {
		return r.failed("deleting branch "+branch, err)
	}
	return nil
}

func (r *Repository) closePull(ctx context.Context, pr *github.PullRequest, why string) error {
	if _, _, err := r.Client.Issues.CreateComment(ctx, r.Owner, r.Name, pr.GetNumber(), &github.IssueComment{Body: &why}); err != nil {
		return r.failed(fmt.Sprintf("commenting on pull request %d", pr.GetNumber()), err)
	}
	_, _, err := r.Client.PullRequests.Edit(ctx, r.Owner, r.Name, pr.GetNumber(), &github.PullRequest{State: github.String("closed")})
	if err != nil {
		return r.failed(fmt.Sprintf("closing pull request %d", pr.GetNumber()), err)
	}
	return nil
}
