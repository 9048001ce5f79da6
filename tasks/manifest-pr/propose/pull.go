// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"

	"github.com/google/go-github/v60/github"
)

// openPulls lists the open pull requests from a unit's branch to the base.
func (r *Repository) openPulls(ctx context.Context, key string) ([]*github.PullRequest, error) {
	pulls, _, err := r.Client.PullRequests.List(ctx, r.Owner, r.Name, &github.PullRequestListOptions{
		State: "open", Head: r.Owner + ":" + Branch(key), Base: r.Base,
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
			Title: &title, Body: &body, Head: github.String(Branch(p.Key)), Base: &r.Base, MaintainerCanModify: github.Bool(true),
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
