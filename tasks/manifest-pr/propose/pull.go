// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"

	"github.com/google/go-github/v60/github"
)

// sync opens the pull request, or sets title and text of the one that is open.
// What a person wrote below our part of the text stays.
func (r *Repository) sync(ctx context.Context, open []*github.PullRequest, p Proposal) (*github.PullRequest, Kind, error) {
	pr := first(open)
	title, body, err := r.words(p, readMark(pr.GetBody()))
	switch {
	case err != nil:
		return nil, Unchanged, err
	case pr == nil:
		pr, err = r.create(ctx, &github.NewPullRequest{
			Title: &title, Body: &body, Head: github.String(r.branchName(p.Key)), Base: &r.Base,
			Draft: &r.Look.Extras.Draft, MaintainerCanModify: github.Bool(true),
		})
		return pr, Opened, err
	case pr.GetTitle() == title && alike(pr.GetBody(), body):
		return pr, Unchanged, nil
	}
	edited, _, err := r.Client.PullRequests.Edit(ctx, r.Owner, r.Name, pr.GetNumber(), &github.PullRequest{Title: &title, Body: &body})
	return edited, Updated, r.overtaken("updating the pull request", err)
}

// told tells whether a pull request says what its branch proposes. One that does not is
// of a run that died between the two.
func (r *Repository) told(pr *github.PullRequest, p Proposal) bool {
	title, body, err := r.words(p, readMark(pr.GetBody()))
	return err != nil || pr.GetTitle() == title && alike(pr.GetBody(), body)
}
