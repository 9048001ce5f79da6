// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-github/v60/github"
)

// Pulls are the open pull requests.
func (l *Loop) Pulls(ctx context.Context) ([]*github.PullRequest, error) {
	pulls, _, err := l.GitHub.PullRequests.List(ctx, l.Owner, l.Repo, &github.PullRequestListOptions{
		State: "open", ListOptions: github.ListOptions{PerPage: 100},
	})
	return pulls, err
}

// Pull is the open pull request of a service; nil when there is none.
func (l *Loop) Pull(ctx context.Context, service string) (*github.PullRequest, error) {
	pulls, err := l.Pulls(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range pulls {
		if p.GetHead().GetRef() == "adze/"+service {
			return p, nil
		}
	}
	return nil, nil
}

// Diff is a pull request's change as a unified diff.
func (l *Loop) Diff(ctx context.Context, number int) (string, error) {
	for _, ref := range []string{fmt.Sprintf("refs/pull/%d/head", number), l.Branch} {
		if _, err := l.Git(ctx, "fetch", "--quiet", "origin", "+"+ref+":refs/remotes/origin/"+ref); err != nil {
			return "", err
		}
	}
	return l.Git(ctx, "diff", "--no-color", fmt.Sprintf("refs/remotes/origin/%s...refs/remotes/origin/refs/pull/%d/head", l.Branch, number))
}

// Merge merges a pull request as a reviewer would, by merge, squash or rebase,
// and returns the commit that the branch points to then. Where the forge finds
// that the branch has moved and asks for another try, it gets one.
func (l *Loop) Merge(ctx context.Context, number int, method string) (string, error) {
	merge := func() (*github.PullRequestMergeResult, error) {
		result, _, err := l.GitHub.PullRequests.Merge(ctx, l.Owner, l.Repo, number, "", &github.PullRequestOptions{MergeMethod: method})
		return result, err
	}
	result, err := merge()
	var answer *github.ErrorResponse
	if errors.As(err, &answer) && strings.HasPrefix(answer.Message, "Base branch was modified.") {
		result, err = merge()
	}
	if err != nil {
		return "", fmt.Errorf("merging pull request %d by %s: %w", number, method, err)
	}
	return result.GetSHA(), nil
}
