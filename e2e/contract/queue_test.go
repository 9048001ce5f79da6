// SPDX-License-Identifier: Apache-2.0

//go:build contract

package contract

import (
	"testing"
)

// TestMergeQueue adds a pull request to a merge queue and takes it out again.
func TestMergeQueue(t *testing.T) {
	a, pull := newAsker(t)
	for _, err := range []error{a.forge.RequireQueue("acme/shop", "main", "merge"), a.forge.Protect("acme/shop", "main", "ci")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	const (
		fields = `fragment entry on MergeQueueEntry { id position state enqueuedAt jump solo estimatedTimeToMerge
			enqueuer { __typename login } baseCommit { oid } headCommit { oid } }`
		enqueue = `mutation($id: ID!) { enqueuePullRequest(input: {pullRequestId: $id}) { clientMutationId mergeQueueEntry { ...entry } } } ` + fields
		dequeue = `mutation($id: ID!) { dequeuePullRequest(input: {id: $id}) { clientMutationId mergeQueueEntry { ...entry } } } ` + fields
		look    = `query { repository(owner: "acme", name: "shop") {
			mergeQueue(branch: "main") { id url entries(first: 5) { totalCount nodes { ...entry } } } none: mergeQueue(branch: "topic") { id }
			pullRequest(number: 1) { isInMergeQueue isMergeQueueEnabled mergeQueueEntry { ...entry } } } } ` + fields
	)
	id := m{"id": pull}
	a.ask(look, nil, "")
	a.ask(enqueue, id, "UNPROCESSABLE")
	a.ask(dequeue, id, "UNPROCESSABLE")
	client := a.forge.Client(t, a.token)
	pr, _, err := client.PullRequests.Get(t.Context(), "acme", "shop", 1)
	if err != nil {
		t.Fatal(err)
	}
	req, err := client.NewRequest("POST", "repos/acme/shop/statuses/"+pr.GetHead().GetSHA(), m{"state": "success", "context": "ci"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Do(t.Context(), req, nil); err != nil {
		t.Fatal(err)
	}
	a.ask(enqueue, id, "")
	a.ask(look, nil, "")
	a.ask(dequeue, id, "")
	a.ask(enqueue, id, "")
}
