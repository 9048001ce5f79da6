// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"context"
	"maps"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// groupEvent tells of the commit that a queue made for an entry:
// https://docs.github.com/webhooks/webhook-events-and-payloads#merge_group
func (m mover) groupEvent(ctx context.Context, q *mergeQueue, e *queueEntry, action string, extra object) {
	if !m.repo.listening("merge_group") {
		return
	}
	g, err := m.repo.git.ReadCommit(ctx, e.group)
	if err != nil {
		m.log.Error("rendering a merge group event", "action", action, "error", err)
		return
	}
	named := func(p bare.Person) object { return object{"name": p.Name, "email": p.Email} }
	payload := object{"action": action, "merge_group": object{
		"head_sha": e.group, "head_ref": q.ref(e), "base_ref": headsPrefix + q.branch, "base_sha": e.onto,
		"head_commit": object{"id": g.SHA, "tree_id": g.Tree, "message": g.Message, "timestamp": stamp(g.Committer.When),
			"author": named(g.Author), "committer": named(g.Committer)},
	}}
	maps.Copy(payload, extra)
	m.emit(event{name: "merge_group", action: action, payload: payload})
}
