// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"

	"github.com/google/go-github/v60/github"
)

// pulls lists the pull requests from a unit's branch to the base that are open,
// of which GitHub allows one, and gives the newest of the others; nil when there is none.
func (r *Repository) pulls(ctx context.Context, key string) (open []*github.PullRequest, last *github.PullRequest, err error) {
	all, _, err := r.Client.PullRequests.List(ctx, r.Owner, r.Name, &github.PullRequestListOptions{
		State: "all", Head: r.Owner + ":" + r.branchName(key), Base: r.Base,
	})
	if err != nil {
		return nil, nil, r.failed("listing pull requests", err)
	}
	for _, pr := range all {
		switch {
		case pr.GetState() == "open":
			open = append(open, pr)
		case last == nil || pr.GetNumber() > last.GetNumber():
			last = pr
		}
	}
	return open, last, nil
}

func first(pulls []*github.PullRequest) *github.PullRequest {
	if len(pulls) == 0 {
		return nil
	}
	return pulls[0]
}
