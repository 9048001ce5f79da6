// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// refreshPulls brings the open pull requests up to date after a ref moved: the
// head that moved, the head that is gone, the base that contains the head now.
func (m mover) refreshPulls(ctx context.Context, u bare.RefUpdate) error {
	branch, ok := strings.CutPrefix(u.Name, headsPrefix)
	if !ok {
		return nil
	}
	for _, i := range m.repo.pulls() {
		if i.state != "open" {
			continue
		}
		var err error
		switch branch {
		case i.pull.head:
			err = m.headMoved(ctx, i, u)
		case i.pull.base:
			err = m.baseMoved(ctx, i, u)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m mover) headMoved(ctx context.Context, i *issue, u bare.RefUpdate) error {
	if u.New == bare.Zero {
		m.setState(ctx, i, "closed")
		return nil
	}
	base, err := m.repo.git.Ref(ctx, headsPrefix+i.pull.base)
	if err != nil {
		return err
	}
	i.pull.headSHA, i.pull.baseSHA, i.updated = u.New, base.SHA, m.now()
	if err := m.pinHead(ctx, i); err != nil {
		return err
	}
	m.pullEvent(ctx, i, "synchronize", object{"before": u.Old, "after": u.New})
	if empty, err := m.repo.git.IsAncestor(ctx, u.New, base.SHA); err != nil || !empty {
		return err
	}
	m.setState(ctx, i, "closed") // nothing is left to merge
	return nil
}

func (m mover) baseMoved(ctx context.Context, i *issue, u bare.RefUpdate) error {
	if u.New == bare.Zero {
		m.setState(ctx, i, "closed")
		return nil
	}
	contained, err := m.repo.git.IsAncestor(ctx, i.pull.headSHA, u.New)
	if err != nil || !contained {
		return err
	}
	i.markMerged(m.actor, u.New, m.now())
	m.pullEvent(ctx, i, "closed", nil)
	return nil
}

func (i *issue) markMerged(by *account, sha string, at time.Time) {
	i.close(by, at)
	i.pull.merged, i.pull.mergedAt, i.pull.mergedBy, i.pull.mergeSHA = true, at, by, sha
}

// setState closes or reopens, and tells of it.
func (m mover) setState(ctx context.Context, i *issue, state string) {
	if state == "closed" {
		if err := m.dequeue(ctx, i, "MANUAL"); err != nil {
			m.log.Error("taking a closed pull request out of the queue", "number", i.number, "error", err)
		}
		i.close(m.actor, m.now())
		m.pullEvent(ctx, i, "closed", nil)
		return
	}
	i.state, i.closed, i.closedBy, i.updated = "open", time.Time{}, nil, m.now()
	if head, err := m.repo.git.Ref(ctx, headsPrefix+i.pull.head); err == nil {
		i.pull.headSHA = head.SHA
	}
	m.pullEvent(ctx, i, "reopened", nil)
}

// pinHead keeps refs/pull/N/head at the head, so that it can be fetched after
// its branch is gone.
func (m mover) pinHead(ctx context.Context, i *issue) error {
	name := fmt.Sprintf("refs/pull/%d/head", i.number)
	old := bare.Zero
	if ref, err := m.repo.git.Ref(ctx, name); err == nil {
		old = ref.SHA
	}
	return m.repo.git.UpdateRefs(ctx, bare.RefUpdate{Name: name, Old: old, New: i.pull.headSHA})
}
