// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/step"
)

// AutoMerges are the ways in which the forge may merge.
func AutoMerges() []string { return []string{"merge", "squash", "rebase"} }

// errNoWait says that the base branch requires nothing that is still open, so that
// the forge has nothing to wait for. It is not merged here: what is not required may
// not have begun yet, and would be passed over.
var errNoWait = errors.New("the forge has nothing to wait for")

// noWait is told once of each pull request, though auto-merge is asked for again:
// the base branch may come to require something.
var noWait = extra{kindAutoMerge, "nothing to wait for"}

// tellNoWait tells what a person can do, and gives what to note of it.
func (r *Repository) tellNoWait(pr *github.PullRequest) []extra {
	if len(readMark(pr.GetBody()).missing([]extra{noWait})) == 0 {
		return nil
	}
	r.Log.Info("the forge does not merge by itself where nothing is left to wait for: merge it, or have the base branch require a check or a review",
		"pull request", pr.GetHTMLURL())
	return []extra{noWait}
}

// autoMerge has the forge merge as soon as nothing keeps it from it, if the pull
// request still proposes what we wrote. It exists in GraphQL only:
// https://docs.github.com/en/graphql/reference/mutations#enablepullrequestautomerge
//
// Where the base has a merge queue, that adds to the queue, now or once it may, and the
// queue has a method of its own.
func (r *Repository) autoMerge(ctx context.Context, pr *github.PullRequest, tip, method string) error {
	if !slices.Contains(AutoMerges(), method) {
		method = AutoMerges()[0]
	}
	input := map[string]any{"pullRequestId": pr.GetNodeID(), "mergeMethod": strings.ToUpper(method), "expectedHeadOid": tip}
	err := r.graphQL(ctx, `mutation($input: EnablePullRequestAutoMergeInput!) { enablePullRequestAutoMerge(input: $input) { clientMutationId } }`,
		map[string]any{"input": input}, nil)
	switch {
	case err == nil:
		return nil
	case says(err, "clean status", "unstable status"):
		return errNoWait
	case says(err, "already in the", "already queued"):
		return nil
	case says(err, "not allowed"):
		if has, askErr := r.hasQueue(ctx, pr); askErr == nil && has {
			return r.enqueue(ctx, pr, tip)
		}
		err = step.Hint(err, "allow auto-merge in the repository's settings")
	}
	return r.failed("having the forge merge pull request "+pr.GetHTMLURL(), err)
}
