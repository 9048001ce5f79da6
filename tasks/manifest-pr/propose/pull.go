// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

// openPulls lists the open pull requests from a service's branch to the base.
func (r *Repository) openPulls(ctx context.Context, service string) ([]*github.PullRequest, error) {
	pulls, _, err := r.Client.PullRequests.List(ctx, r.Owner, r.Name, &github.PullRequestListOptions{
		State: "open", Head: r.Owner + ":" + Branch(service), Base: r.Base,
	})
	if err != nil {
		return nil, r.failed("listing pull requests", err)
	}
	return pulls, nil
}

// sync opens the pull request, or sets title and body of the one that is open.
func (r *Repository) sync(ctx context.Context, open []*github.PullRequest, p Proposal) (*github.PullRequest, Kind, error) {
	title, body := p.Title(), p.body(r.web())
	if len(open) == 0 {
		pr, _, err := r.Client.PullRequests.Create(ctx, r.Owner, r.Name, &github.NewPullRequest{
			Title: &title, Body: &body, Head: github.String(Branch(p.Service)), Base: &r.Base, MaintainerCanModify: github.Bool(true),
		})
		return pr, Opened, r.overtaken("opening a pull request", err)
	}
	pr := open[0]
	if pr.GetTitle() == title && pr.GetBody() == body {
		return pr, Unchanged, nil
	}
	pr, _, err := r.Client.PullRequests.Edit(ctx, r.Owner, r.Name, pr.GetNumber(), &github.PullRequest{Title: &title, Body: &body})
	return pr, Updated, r.overtaken("updating the pull request", err)
}

// retire cleans up when the base names the image already: a pull request that
// is still open proposes something older.
func (r *Repository) retire(ctx context.Context, s manifests.Service, st state) (Outcome, error) {
	out := Outcome{Kind: Unchanged}
	if st.head.foreign != "" {
		r.Log.Warn("the branch holds commits of others and is left alone", "branch", Branch(s.Name), "found", st.head.foreign)
		return out, nil
	}
	if err := r.removeBranch(ctx, Branch(s.Name), st.head.tip); err != nil {
		return Outcome{}, err
	}
	for _, pr := range st.open {
		if err := r.closePull(ctx, pr, fmt.Sprintf("Closed: %s names `%s` already.", r.Base, s.Image.Reference())); err != nil {
			return Outcome{}, err
		}
		r.Log.Info("closed a stale pull request", "service", s.Name, "url", pr.GetHTMLURL())
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
