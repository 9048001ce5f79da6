// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/retry"
)

// Two writes do harm when they are repeated blindly: a second comment, and a
// second pull request, whose refusal would hide that the first was ours. They are sent
// once, and where the answer is lost it is looked whether they did their work.

// create opens a pull request, whose mark bears an id of this request: of two
// whose answers are lost, only the one that opened it says so.
func (r *Repository) create(ctx context.Context, wanted *github.NewPullRequest) (*github.PullRequest, error) {
	const doing = "opening a pull request"
	ours := extra{kindRequest, rand.Text()}
	wanted.Body = github.String(readMark(wanted.GetBody()).with([]extra{ours}).on(wanted.GetBody()))
	pr, _, err := r.Client.PullRequests.Create(retry.Once(ctx), r.Owner, r.Name, wanted)
	if err == nil || !unclear(err) {
		return pr, r.overtaken(doing, err)
	}
	found, _, readErr := r.Client.PullRequests.List(ctx, r.Owner, r.Name, &github.PullRequestListOptions{
		State: "open", Head: r.Owner + ":" + wanted.GetHead(), Base: wanted.GetBase(),
	})
	if readErr != nil {
		return nil, r.failed("listing pull requests", readErr)
	}
	if pr := first(found); pr != nil && slices.Contains(readMark(pr.GetBody()).done, ours.id()) {
		return pr, nil
	}
	return nil, r.unsure(doing, err)
}

// comment writes a comment that bears a mark by which it can be found. Whoever
// starts over looks for the mark first.
func (r *Repository) comment(ctx context.Context, number int, text string) error {
	_, _, err := r.Client.Issues.CreateComment(retry.Once(ctx), r.Owner, r.Name, number, &github.IssueComment{Body: &text})
	if err == nil {
		return nil
	}
	return r.unsure(fmt.Sprintf("commenting on pull request %d", number), err)
}

// unsure starts over when it is not known what became of a request.
func (r *Repository) unsure(doing string, err error) error {
	failed := r.failed(doing, err)
	if unclear(err) {
		return fmt.Errorf("%w: %w", errOvertaken, failed)
	}
	return failed
}
