// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"context"
)

// autoMerges merges what waited for checks that are green now, or adds it to the queue
// of its base, and brings the queues further.
func (m mover) autoMerges(ctx context.Context) error {
	for _, i := range m.repo.pulls() {
		if i.state != "open" || i.pull.auto == nil {
			continue
		}
		if err := m.try(ctx, i); err != nil {
			return err
		}
		ready := i.pull.trial.commit != "" && !i.pull.draft && len(m.repo.unmet(i.pull.base, i.pull.headSHA)) == 0
		if !ready {
			continue
		}
		auto := i.pull.auto
		by := m
		by.actor = auto.by
		if m.repo.queues[i.pull.base] != nil {
			if err := by.enqueue(ctx, i); err != nil {
				return err
			}
			continue
		}
		if _, err := by.merge(ctx, i, mergeBody{Title: auto.title, Message: auto.message, Method: auto.method}); err != nil {
			return err
		}
	}
	for _, q := range m.repo.queues {
		if err := m.advance(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// enableAutoMerge refuses what GitHub refuses: repositories that do not allow
// it, and pull requests that nothing keeps from being merged right away. Where there is a
// queue, these are added to it.
func (m mover) enableAutoMerge(ctx context.Context, i *issue, a autoMerge) error {
	if !m.repo.autoMerge {
		return unprocessable("Auto merge is not allowed for this repository")
	}
	if err := m.try(ctx, i); err != nil {
		return err
	}
	_, state := m.repo.mergeable(i)
	switch {
	case i.state != "open":
		return unprocessable("Pull request is closed")
	case (state == "clean" || state == "unstable") && m.repo.queues[i.pull.base] != nil:
		return m.enqueue(ctx, i)
	case state == "clean" || state == "unstable" || state == "draft":
		return unprocessable("Pull request Pull request is in %s status", state)
	case state == "dirty":
		return unprocessable("Pull request Pull request has merge conflicts")
	}
	a.by = m.actor
	i.pull.auto, i.updated = &a, m.now()
	m.pullEvent(ctx, i, "auto_merge_enabled", object{"reason": ""})
	return nil
}
