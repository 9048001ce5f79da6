// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// mergeQueue is what a ruleset's merge_queue makes of a branch: nobody merges into it but
// the queue, which merges each pull request onto those before it, waits until that
// commit's checks are green, and moves the branch there:
// https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue
type mergeQueue struct {
	id      int64
	branch  string
	method  string // merge, squash or rebase
	entries []*queueEntry
}

// queueEntry is a pull request in a queue.
type queueEntry struct {
	id    int64
	pull  *issue
	by    *account
	added time.Time
	// head is what the pull request was at when it was added, which is what is merged.
	head string
	// onto is the commit that group merges it onto; both are empty until that was made.
	onto, group string
}

const queuePrefix = headsPrefix + "gh-readonly-queue/"

// ref is the branch that checks run on.
func (q *mergeQueue) ref(e *queueEntry) string {
	return fmt.Sprintf("%s%s/pr-%d-%s", queuePrefix, q.branch, e.pull.number, e.onto)
}

// RequireQueue gives a branch of OWNER/NAME a merge queue that merges by a method:
// merge, squash or rebase.
func (s *Server) RequireQueue(fullName, branch, method string) error {
	if !slices.Contains([]string{"merge", "squash", "rebase"}, method) {
		return fmt.Errorf("giving %s of %s a merge queue: %q is no method", branch, fullName, method)
	}
	repo, err := s.lockRepo(fullName)
	if err != nil {
		return err
	}
	defer repo.mu.Unlock()
	repo.queues[branch] = &mergeQueue{id: s.newID(), branch: branch, method: method}
	return nil
}

func (s *Server) controlQueue(r *http.Request) (any, error) {
	var in struct {
		Branch string `json:"branch"`
		Method string `json:"method"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return object{}, s.RequireQueue(fullNameOf(r), in.Branch, in.Method)
}

// queued is the entry of a pull request; nil when it is in no queue.
func (r *repository) queued(i *issue) *queueEntry {
	q := r.queues[i.pull.base]
	if q == nil {
		return nil
	}
	if at := q.index(i); at >= 0 {
		return q.entries[at]
	}
	return nil
}

func (q *mergeQueue) index(i *issue) int {
	return slices.IndexFunc(q.entries, func(e *queueEntry) bool { return e.pull == i })
}

// queuedBranch refuses to move the head of what is in a queue, in GitHub's words.
func (r *repository) queuedBranch(branch string) error {
	for _, q := range r.queues {
		if slices.ContainsFunc(q.entries, func(e *queueEntry) bool { return e.pull.pull.head == branch }) && !r.quirks.QueueLetsPush {
			return unprocessable("A pull request for this branch has been added to a merge queue. " +
				"Branches that are queued for merging cannot be updated. To modify this branch, dequeue the associated pull request.")
		}
	}
	return nil
}

// enqueue adds a pull request that could be merged to the queue of its base.
func (m mover) enqueue(ctx context.Context, i *issue) error {
	q := m.repo.queues[i.pull.base]
	switch {
	case q == nil:
		return unprocessable("The base branch does not have a merge queue")
	case q.index(i) >= 0:
		return unprocessable("Pull request is already in the merge queue")
	case i.state != "open":
		return unprocessable("Pull request is closed")
	case i.pull.draft:
		return unprocessable("Pull request is in draft status")
	}
	if err := m.try(ctx, i); err != nil {
		return err
	}
	if i.pull.trial.commit == "" {
		return unprocessable("Pull request has merge conflicts")
	}
	if unmet := m.repo.unmet(i.pull.base, i.pull.headSHA); len(unmet) > 0 {
		return unprocessable("Required status check %q is expected.", unmet[0])
	}
	q.entries = append(q.entries, &queueEntry{id: m.newID(), pull: i, by: m.actor, added: m.now(), head: i.pull.headSHA})
	i.pull.auto, i.updated = nil, m.now()
	m.pullEvent(ctx, i, "enqueued", nil)
	return m.advance(ctx, q)
}

// dequeue takes a pull request out of its queue, if it is in one; reason is GitHub's
// word in the event.
func (m mover) dequeue(ctx context.Context, i *issue, reason string) error {
	q, e := m.repo.queues[i.pull.base], m.repo.queued(i)
	if e == nil {
		return nil
	}
	q.entries = slices.DeleteFunc(q.entries, func(other *queueEntry) bool { return other == e })
	if err := m.dissolve(ctx, q, e, "dequeued"); err != nil {
		return err
	}
	m.pullEvent(ctx, i, "dequeued", object{"reason": reason})
	return m.advance(ctx, q)
}

// advance brings a queue as far as it goes: it makes the commits that are missing or
// stand on something else by now, and merges and drops what is decided.
func (m mover) advance(ctx context.Context, q *mergeQueue) error {
	base, err := m.repo.git.Ref(ctx, headsPrefix+q.branch)
	if err != nil {
		return err
	}
	onto := base.SHA
	for _, e := range slices.Clone(q.entries) {
		if e.pull.state != "open" {
			return m.dequeue(ctx, e.pull, "ALREADY_MERGED")
		}
		if e.onto != onto {
			if err := m.regroup(ctx, q, e, onto); err != nil {
				return m.dequeue(ctx, e.pull, "MERGE_CONFLICT")
			}
		}
		onto = e.group
	}
	if len(q.entries) == 0 {
		return nil
	}
	first := q.entries[0]
	have := m.repo.contexts(first.group)
	unmet := m.repo.unmet(q.branch, first.group)
	if slices.ContainsFunc(unmet, func(name string) bool { return have[name] == "failure" || have[name] == "error" }) {
		return m.dequeue(ctx, first.pull, "CI_FAILURE")
	}
	if len(unmet) > 0 {
		return nil
	}
	return m.land(ctx, q, first)
}

// regroup merges an entry onto a commit, and has that checked.
func (m mover) regroup(ctx context.Context, q *mergeQueue, e *queueEntry, onto string) error {
	if err := m.dissolve(ctx, q, e, "invalidated"); err != nil {
		return err
	}
	frozen, at := *e.pull, *e.pull.pull
	at.headSHA, frozen.pull = e.head, &at
	group, err := m.mergeCommit(ctx, &frozen, onto, mergeBody{Method: q.method})
	if err != nil {
		return err
	}
	e.onto, e.group = onto, group
	if err := m.move(ctx, bare.RefUpdate{Name: q.ref(e), Old: bare.Zero, New: group}); err != nil {
		return err
	}
	m.groupEvent(ctx, q, e, "checks_requested", nil)
	return nil
}

// dissolve takes the commit of an entry back, if there is one.
func (m mover) dissolve(ctx context.Context, q *mergeQueue, e *queueEntry, reason string) error {
	if e.group == "" {
		return nil
	}
	m.groupEvent(ctx, q, e, "destroyed", object{"reason": reason})
	ref := bare.RefUpdate{Name: q.ref(e), Old: e.group, New: bare.Zero}
	e.onto, e.group = "", ""
	return m.move(ctx, ref)
}

// land moves the branch to the commit of the first entry.
func (m mover) land(ctx context.Context, q *mergeQueue, e *queueEntry) error {
	q.entries = q.entries[1:]
	i, group, onto := e.pull, e.group, e.onto
	if q.method != "rebase" {
		m.repo.signed[group] = m.now()
	}
	i.pull.baseSHA = onto
	i.markMerged(e.by, group, m.now())
	if err := m.move(ctx, bare.RefUpdate{Name: headsPrefix + q.branch, Old: onto, New: group}); err != nil {
		return err
	}
	if err := m.dissolve(ctx, q, e, "merged"); err != nil {
		return err
	}
	m.pullEvent(ctx, i, "closed", nil)
	if m.repo.deleteBranchOnMerge {
		if err := m.move(ctx, bare.RefUpdate{Name: headsPrefix + i.pull.head, Old: i.pull.headSHA, New: bare.Zero}); err != nil {
			return err
		}
	}
	return m.advance(ctx, q)
}
