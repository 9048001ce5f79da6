// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/step"
)

// A merge queue merges what a pull request was when it was added. GitHub refuses to move
// its branch meanwhile, or moves it and merges the older commit nevertheless, where the
// credentials bypass the rule. So it is taken out before its branch is moved, and
// added again behind it.

// backToQueue is noted of a pull request that is taken out of the queue: whoever
// writes it next adds it again, also where this run dies.
var backToQueue = extra{kindAutoMerge, "back to the queue"}

// queueing is what is known of the base's merge queue.
type queueing struct {
	mu   sync.Mutex // held while it is asked, so that one service's answer spares the others theirs
	none bool       // the base has none
}

// queued tells whether a pull request waits in a merge queue. Where the base has none, or
// the forge does not know of any, it is asked once in a run.
func (r *Repository) queued(ctx context.Context, pr *github.PullRequest) (bool, error) {
	r.queueing.mu.Lock()
	defer r.queueing.mu.Unlock()
	if node, err := r.nodeID(ctx); err != nil || node == "" || pr == nil || r.queueing.none {
		return false, err // where branches cannot be swapped, there are no queues either
	}
	var data struct {
		Node struct {
			In  bool `json:"isInMergeQueue"`
			Has bool `json:"isMergeQueueEnabled"`
		} `json:"node"`
	}
	err := r.graphQL(ctx, `query($id: ID!) { node(id: $id) { ... on PullRequest { isInMergeQueue isMergeQueueEnabled } } }`,
		map[string]any{"id": pr.GetNodeID()}, &data)
	var answer *graphQLError
	switch {
	case errors.As(err, &answer) && answer.unknown() || absent(err):
		r.queueing.none = true
		return false, nil
	case err != nil:
		return false, r.failed(fmt.Sprintf("asking whether pull request %d is in a merge queue", pr.GetNumber()), err)
	}
	r.queueing.none = !data.Node.Has
	return data.Node.In, nil
}

// hasQueue tells whether the base of a pull request has a merge queue.
func (r *Repository) hasQueue(ctx context.Context, pr *github.PullRequest) (bool, error) {
	_, err := r.queued(ctx, pr)
	r.queueing.mu.Lock()
	defer r.queueing.mu.Unlock()
	return err == nil && !r.queueing.none, err
}

// stays tells whether the branch is to stay where it is: it proposes just this, or proposes
// the same version and waits in a merge queue, which sees to what the base has changed
// since. What waits there otherwise is taken out.
func (r *Repository) stays(ctx context.Context, st state, p Proposal) (bool, error) {
	if st.head.tip == "" || st.head.holds(p, st.plan.Files) {
		return st.head.tip != "", nil
	}
	pr := first(st.open)
	if queued, err := r.queued(ctx, pr); err != nil || !queued {
		return false, err
	}
	if st.head.ahead && st.head.proposal.same(p) {
		r.Log.Info("left as it is, for it waits in the merge queue", "url", pr.GetHTMLURL())
		return true, nil
	}
	return false, r.unqueue(ctx, pr)
}

// recheck takes a pull request out of the queue whose branch was just moved from a commit, if from any:
// it may have been added before that, and then would be merged as it was. [Repository.decorate]
// adds it again.
func (r *Repository) recheck(ctx context.Context, pr *github.PullRequest, from string) error {
	if from == "" {
		return nil
	}
	if queued, err := r.queued(ctx, pr); err != nil || !queued {
		return err
	}
	return r.unqueue(ctx, pr)
}

// unqueue takes a pull request out of the queue, for its branch is to be moved.
func (r *Repository) unqueue(ctx context.Context, pr *github.PullRequest) error {
	if m := readMark(pr.GetBody()); !m.has(backToQueue) {
		if err := r.setMark(ctx, pr, m.with([]extra{backToQueue})); err != nil {
			return err
		}
	}
	err := r.graphQL(ctx, `mutation($input: DequeuePullRequestInput!) { dequeuePullRequest(input: $input) { clientMutationId } }`,
		map[string]any{"input": map[string]any{"id": pr.GetNodeID()}}, nil)
	var answer *graphQLError
	switch {
	case err == nil:
		r.Log.Info("took the pull request out of the merge queue, for it proposes something else now", "url", pr.GetHTMLURL())
		return nil
	case denied(err):
		return step.Hint(r.failed("taking pull request "+pr.GetHTMLURL()+" out of the merge queue", err),
			"take it out, or let the credentials do so; the next run updates it")
	case errors.As(err, &answer):
		return fmt.Errorf("%w: %w", errOvertaken, err) // it was merged, or taken out by another
	}
	return r.failed("taking pull request "+pr.GetHTMLURL()+" out of the merge queue", err)
}

// enqueue adds a pull request to the queue, for a repository that has one and does not
// allow auto-merge: https://docs.github.com/en/graphql/reference/mutations#enqueuepullrequest
func (r *Repository) enqueue(ctx context.Context, pr *github.PullRequest, tip string) error {
	err := r.graphQL(ctx, `mutation($input: EnqueuePullRequestInput!) { enqueuePullRequest(input: $input) { clientMutationId } }`,
		map[string]any{"input": map[string]any{"pullRequestId": pr.GetNodeID(), "expectedHeadOid": tip}}, nil)
	if err == nil || says(err, "already in the", "already queued") {
		return nil
	}
	return step.Hint(r.failed("adding pull request "+pr.GetHTMLURL()+" to the merge queue", err),
		"where auto-merge is allowed in the repository's settings, the forge adds it as soon as it may")
}

// has tells whether something is noted.
func (m mark) has(e extra) bool { return slices.Contains(m.done, e.id()) }

// without takes a note back.
func (m mark) without(e extra) mark {
	m.done = slices.DeleteFunc(slices.Clone(m.done), func(id string) bool { return id == e.id() })
	return m
}
