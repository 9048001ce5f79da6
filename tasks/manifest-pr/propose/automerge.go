// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/step"
)

// AutoMerges are the ways in which the forge may merge.
func AutoMerges() []string { return []string{"merge", "squash", "rebase"} }

// autoMerge has the forge merge as soon as nothing keeps it from it, if the pull
// request still proposes what we wrote. It exists in GraphQL only:
// https://docs.github.com/en/graphql/reference/mutations#enablepullrequestautomerge
func (r *Repository) autoMerge(ctx context.Context, pr *github.PullRequest, tip, method string) error {
	input := map[string]any{"pullRequestId": pr.GetNodeID(), "mergeMethod": strings.ToUpper(method), "expectedHeadOid": tip}
	err := r.graphQL(ctx, `mutation($input: EnablePullRequestAutoMergeInput!) { enablePullRequestAutoMerge(input: $input) { clientMutationId } }`,
		map[string]any{"input": input}, nil)
	switch {
	case err == nil:
		return nil
	case says(err, "clean status"):
		err = step.Hint(err, "nothing keeps it from being merged, so the forge waits for nothing: have the base branch require a check or a review")
	case says(err, "not allowed"):
		err = step.Hint(err, "allow auto-merge in the repository's settings")
	}
	return r.failed("having the forge merge pull request "+pr.GetHTMLURL(), err)
}
