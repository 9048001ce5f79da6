// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"context"
	"slices"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// mover is who moves refs of a locked repository, and how addresses in the
// events that follow are made.
type mover struct {
	*Server
	repo  *repository
	actor *account
	links links
}

func (c *call) mover() mover {
	return mover{Server: c.Server, repo: c.repo, actor: c.actor, links: c.links}
}

// move updates refs, all or none, and lets everything follow that GitHub lets
// follow: push events, pull requests that are brought up to date.
func (c *call) move(updates ...bare.RefUpdate) error {
	if err := c.repo.unlocked(updates); err != nil {
		return err
	}
	return c.mover().move(c.ctx(), updates...)
}

func (m mover) move(ctx context.Context, updates ...bare.RefUpdate) error {
	before, err := m.repo.git.Refs(ctx, "")
	if err != nil {
		return err
	}
	if err := m.repo.git.UpdateRefs(ctx, updates...); err != nil {
		return unprocessable("Reference update failed")
	}
	return m.moved(ctx, before, updates)
}

// moved tells the world of updates that are made. before is what the refs were.
func (m mover) moved(ctx context.Context, before []bare.Ref, updates []bare.RefUpdate) error {
	updates = slices.DeleteFunc(updates, func(u bare.RefUpdate) bool { return u.Old == u.New })
	if len(updates) == 0 {
		return nil
	}
	m.repo.pushed = m.now()
	m.noteMoves(updates)
	m.repo.wroteRefs(before, updates)
	if err := m.adoptDefault(ctx, before, updates); err != nil {
		return err
	}
	if err := m.pushEvents(ctx, before, updates); err != nil {
		return err
	}
	for _, u := range updates {
		if err := m.refreshPulls(ctx, u); err != nil {
			return err
		}
		if q := m.repo.queues[strings.TrimPrefix(u.Name, headsPrefix)]; q != nil && u.New != bare.Zero {
			if err := m.advance(ctx, q); err != nil { // it stands on something else now
				return err
			}
		}
	}
	return nil
}

// adoptDefault makes the first branch that an empty repository gets its default.
func (m mover) adoptDefault(ctx context.Context, before []bare.Ref, updates []bare.RefUpdate) error {
	if len(before) > 0 || slices.ContainsFunc(updates, func(u bare.RefUpdate) bool { return u.Name == headsPrefix+m.repo.defaultBranch }) {
		return nil
	}
	for _, u := range updates {
		if branch, ok := strings.CutPrefix(u.Name, headsPrefix); ok {
			m.repo.defaultBranch = branch
			return m.repo.git.SetHead(ctx, branch)
		}
	}
	return nil
}

// changes are the updates that lead from one list of refs to another.
func changes(before, after []bare.Ref) []bare.RefUpdate {
	old := map[string]string{}
	for _, r := range before {
		old[r.Name] = r.SHA
	}
	var out []bare.RefUpdate
	for _, r := range after {
		was, known := old[r.Name]
		delete(old, r.Name)
		if !known {
			was = bare.Zero
		}
		if was != r.SHA {
			out = append(out, bare.RefUpdate{Name: r.Name, Old: was, New: r.SHA})
		}
	}
	for _, r := range before {
		if _, gone := old[r.Name]; gone {
			out = append(out, bare.RefUpdate{Name: r.Name, Old: r.SHA, New: bare.Zero})
		}
	}
	return out
}
