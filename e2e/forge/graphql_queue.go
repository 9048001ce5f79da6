// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"github.com/adze-ci/adze/e2e/forge/graphql"
)

// queueNode is the merge queue of a branch; null where it has none.
func (c *call) queueNode(a args) (any, error) {
	q := c.repo.queues[pick(text(a, "branch"), c.repo.defaultBranch)]
	if q == nil {
		return nil, nil //nolint:nilnil // there is none
	}
	nodes := []graphql.Object{}
	for _, e := range q.entries {
		nodes = append(nodes, c.entryNode(e))
	}
	return graphql.Object{Type: "MergeQueue", Implements: []string{"Node"}, Fields: args{
		"id": nodeID("MQ", q.id), "url": c.links.site("/%s/queue/%s", c.repo.fullName(), q.branch),
		"entries": graphql.Object{Type: "MergeQueueEntryConnection", Fields: args{"nodes": nodes, "totalCount": len(nodes)}},
	}}, nil
}

// entryNode is a pull request's place in its queue.
func (c *call) entryNode(e *queueEntry) graphql.Object {
	q := c.repo.queues[e.pull.pull.base]
	at := q.index(e.pull)
	return graphql.Object{Type: "MergeQueueEntry", Implements: []string{"Node"}, Fields: args{
		"id": nodeID("MQE", e.id), "position": at + 1, "state": "AWAITING_CHECKS", "enqueuedAt": stamp(e.added), "enqueuer": c.userNode(e.by),
		"jump": false, "solo": false, "estimatedTimeToMerge": nil,
		"baseCommit": c.gitNode(e.onto, "commit"), "headCommit": c.gitNode(e.group, "commit"),
	}}
}

// addQueueFields adds to a pull request what GraphQL tells of queues.
func (c *call) addQueueFields(i *issue, fields args) {
	fields["isMergeQueueEnabled"] = c.repo.queues[i.pull.base] != nil
	fields["isInMergeQueue"], fields["mergeQueueEntry"] = false, nil
	if e := c.repo.queued(i); e != nil {
		fields["isInMergeQueue"], fields["mergeQueueEntry"] = true, c.entryNode(e)
	}
}

func (c *call) enqueueMutation(a args) (any, error) {
	const name = "EnqueuePullRequest"
	var in pullInput
	if err := decode(a, name+"Input", &in, "pullRequestId"); err != nil {
		return nil, err
	}
	inside, i, err := c.enterPullAt(in)
	if err != nil {
		return nil, err
	}
	defer inside.repo.mu.Unlock()
	if err := inside.mover().enqueue(c.ctx(), i); err != nil {
		return nil, asGraphQL(err)
	}
	fields := args{"mergeQueueEntry": nil}
	if e := inside.repo.queued(i); e != nil {
		fields["mergeQueueEntry"] = inside.entryNode(e)
	}
	return payload(name, in.MutationID, fields), nil
}

func (c *call) dequeueMutation(a args) (any, error) {
	const name = "DequeuePullRequest"
	var in struct {
		ID         string `json:"id"`
		MutationID string `json:"clientMutationId"`
	}
	if err := decode(a, name+"Input", &in, "id"); err != nil {
		return nil, err
	}
	inside, i, err := c.enterPull(in.ID)
	if err != nil {
		return nil, err
	}
	defer inside.repo.mu.Unlock()
	e := inside.repo.queued(i)
	if e == nil {
		return nil, &graphql.Error{Type: "UNPROCESSABLE", Message: "Pull request is not in the merge queue"}
	}
	node := inside.entryNode(e)
	if err := inside.mover().dequeue(c.ctx(), i, "MANUAL"); err != nil {
		return nil, asGraphQL(err)
	}
	return payload(name, in.MutationID, args{"mergeQueueEntry": node}), nil
}
