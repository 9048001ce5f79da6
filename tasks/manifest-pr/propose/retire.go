// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"

	"github.com/google/go-github/v60/github"
)

// retire closes what is open and deletes the branch, when the base has overtaken
// what it proposes. The comment comes first and the branch last, so that a run that
// dies in between is taken up by the next one.
func (r *Repository) retire(ctx context.Context, u Unit, st state, why string) error {
	if st.head.foreign != "" {
		r.Log.Warn("the branch holds commits of others and is left alone", "branch", st.head.name, "found", st.head.foreign)
		return nil
	}
	if len(st.open) > 0 {
		var err error
		if st.open, _, err = r.pulls(ctx, u.Key); err != nil { // some may have been merged since
			return err
		}
	}
	if len(st.open) > 0 {
		if err := r.confirm(ctx, u.Key, st.head.tip); err != nil {
			return err
		}
		since, err := r.since(ctx, st.head.proposal)
		if err != nil {
			return err
		}
		why += since
	}
	for _, pr := range st.open {
		if err := r.closePull(ctx, pr, "Closed: "+why+"."); err != nil {
			return err
		}
		r.Log.Info("closed a stale pull request", "proposal", u.Key, "url", pr.GetHTMLURL())
	}
	return r.removeBranch(ctx, st.head.name, st.head.tip)
}

// since links to the last commit of the base that changed a file of a proposal.
func (r *Repository) since(ctx context.Context, p Proposal) (string, error) {
	edits := p.edits()
	if len(edits) == 0 {
		return "", nil
	}
	commits, _, err := r.Client.Repositories.ListCommits(ctx, r.Owner, r.Name, &github.CommitsListOptions{
		SHA: r.Base, Path: edits[0].File, ListOptions: github.ListOptions{PerPage: 1},
	})
	if err != nil {
		return "", r.failed("looking for the last change of "+edits[0].File, err)
	}
	if len(commits) == 0 {
		return "", nil
	}
	return ", since " + commits[0].GetHTMLURL(), nil
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
		return r.move(ctx, branch, node, at, noCommit)
	}
	if err := r.stands(ctx, branch, at); err != nil {
		return err
	}
	if err := r.deleteRef(ctx, branch); err != nil {
		return r.failed("deleting branch "+branch, err)
	}
	return nil
}

// deleteRef deletes a branch, wherever it is; one that is gone is no error.
func (r *Repository) deleteRef(ctx context.Context, branch string) error {
	_, err := r.Client.Git.DeleteRef(ctx, r.Owner, r.Name, "heads/"+branch)
	if absent(err) {
		return nil
	}
	return err
}

// closePull says why, and closes a pull request. What was said before is not said again.
func (r *Repository) closePull(ctx context.Context, pr *github.PullRequest, why string) error {
	said, err := r.marked(ctx, pr)
	if err != nil {
		return err
	}
	if said == "" {
		if err := r.comment(ctx, pr.GetNumber(), why+"\n\n"+closedByUs); err != nil {
			return err
		}
	}
	_, _, err = r.Client.PullRequests.Edit(ctx, r.Owner, r.Name, pr.GetNumber(), &github.PullRequest{State: github.String("closed")})
	if err != nil {
		return r.failed(fmt.Sprintf("closing pull request %d", pr.GetNumber()), err)
	}
	return nil
}
