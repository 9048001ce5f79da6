// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"context"
	"strings"
	"time"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// GitHub's limits: commits in one push event, files in each list of a commit,
// tags and branches of one push beyond which no events are made for them.
const (
	maxPushCommits = 2048
	maxPushFiles   = 3000
	maxPushedTags  = 3
	maxPushedHeads = 5000
)

const tagsPrefix = "refs/tags/"

// pushEvents makes one event for each branch and tag that moved.
func (m mover) pushEvents(ctx context.Context, before []bare.Ref, updates []bare.RefUpdate) error {
	if !m.repo.listening("push") {
		return nil
	}
	heads, tags := countPrefix(updates, headsPrefix), countPrefix(updates, tagsPrefix)
	for _, u := range updates {
		head, tag := strings.HasPrefix(u.Name, headsPrefix), strings.HasPrefix(u.Name, tagsPrefix)
		if (!head && !tag) || (tag && tags > maxPushedTags) || (head && heads > maxPushedHeads) {
			continue
		}
		payload, err := m.pushPayload(ctx, before, u)
		if err != nil {
			return err
		}
		m.emit(event{name: "push", payload: payload})
	}
	return nil
}

func countPrefix(updates []bare.RefUpdate, prefix string) int {
	n := 0
	for _, u := range updates {
		if strings.HasPrefix(u.Name, prefix) {
			n++
		}
	}
	return n
}

func (m mover) pushPayload(ctx context.Context, before []bare.Ref, u bare.RefUpdate) (object, error) {
	created, deleted := u.Old == bare.Zero, u.New == bare.Zero
	forced, err := m.forced(ctx, u)
	if err != nil {
		return nil, err
	}
	payload := object{
		"ref": u.Name, "before": u.Old, "after": u.New, "created": created, "deleted": deleted, "forced": forced,
		"base_ref": baseRef(before, u), "compare": m.compareLink(u), "commits": []any{}, "head_commit": nil,
		"pusher": object{"name": m.actor.Login, "email": orNil(m.actor.Email)},
	}
	if deleted {
		return payload, nil
	}
	tip, err := m.repo.git.Commit(ctx, u.New) // of an annotated tag: the commit it names
	if err != nil {
		return payload, nil //nolint:nilerr // a tag may name a blob or a tree
	}
	head, err := m.pushedCommits(ctx, []string{tip}, map[string]bool{tip: m.isNew(ctx, before, tip)})
	if err != nil {
		return nil, err
	}
	payload["head_commit"] = head[0]
	if strings.HasPrefix(u.Name, tagsPrefix) {
		return payload, nil
	}
	payload["commits"], err = m.pushed(ctx, before, u)
	return payload, err
}

// forced: the old tip is no ancestor of the new one.
func (m mover) forced(ctx context.Context, u bare.RefUpdate) (bool, error) {
	if u.Old == bare.Zero || u.New == bare.Zero {
		return false, nil
	}
	if strings.HasPrefix(u.Name, tagsPrefix) {
		return true, nil
	}
	forward, err := m.repo.git.IsAncestor(ctx, u.Old, u.New)
	return !forward, err
}

// baseRef is the branch that a new ref was made from, if it is at that branch's tip.
func baseRef(before []bare.Ref, u bare.RefUpdate) any {
	if u.Old != bare.Zero || u.New == bare.Zero {
		return nil
	}
	for _, r := range before {
		if strings.HasPrefix(r.Name, headsPrefix) && r.SHA == u.New {
			return r.Name
		}
	}
	return nil
}

func (m mover) compareLink(u bare.RefUpdate) string {
	name := m.repo.fullName()
	if u.Old != bare.Zero {
		return m.links.site("/%s/compare/%s...%s", name, u.Old[:12], u.New[:12])
	}
	short := strings.TrimPrefix(strings.TrimPrefix(u.Name, headsPrefix), tagsPrefix)
	return m.links.site("/%s/compare/%s", name, escapePath(short))
}

// pushed lists what the branch gained, oldest first: of a new branch what the
// other branches have not.
func (m mover) pushed(ctx context.Context, before []bare.Ref, u bare.RefUpdate) ([]any, error) {
	var others []string
	for _, r := range before {
		if strings.HasPrefix(r.Name, headsPrefix) {
			others = append(others, r.SHA)
		}
	}
	not := others
	if u.Old != bare.Zero {
		not = []string{u.Old}
	}
	shas, err := m.repo.git.Log(ctx, []string{u.New}, bare.LogOptions{Not: not, Limit: maxPushCommits, Reverse: true})
	if err != nil || len(shas) == 0 {
		return []any{}, err
	}
	fresh, err := m.repo.git.Log(ctx, []string{u.New}, bare.LogOptions{Not: others, Limit: maxPushCommits})
	if err != nil {
		return nil, err
	}
	distinct := map[string]bool{}
	for _, sha := range fresh {
		distinct[sha] = true
	}
	return m.pushedCommits(ctx, shas, distinct)
}

// isNew says whether a commit was in none of the branches before.
func (m mover) isNew(ctx context.Context, before []bare.Ref, sha string) bool {
	for _, r := range before {
		if !strings.HasPrefix(r.Name, headsPrefix) {
			continue
		}
		if in, err := m.repo.git.IsAncestor(ctx, sha, r.SHA); err == nil && in {
			return false
		}
	}
	return true
}

func (m mover) pushedCommits(ctx context.Context, shas []string, distinct map[string]bool) ([]any, error) {
	commits, err := m.repo.git.Commits(ctx, shas)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, g := range commits {
		one, err := m.pushedCommit(ctx, g)
		if err != nil {
			return nil, err
		}
		one["distinct"] = distinct[g.SHA]
		out = append(out, one)
	}
	return out, nil
}

// pushedCommit lists files against the first parent, a rename as removed and added.
func (m mover) pushedCommit(ctx context.Context, g bare.Commit) (object, error) {
	files, err := m.repo.git.Names(ctx, parentTree(g), g.SHA)
	if err != nil {
		return nil, err
	}
	lists := map[string][]string{"added": {}, "removed": {}, "modified": {}}
	for _, f := range files {
		key := diffStatus(f.Status)
		if key == "changed" {
			key = "modified"
		}
		if len(lists[key]) < maxPushFiles {
			lists[key] = append(lists[key], f.Path)
		}
	}
	return object{
		"id": g.SHA, "tree_id": g.Tree, "message": g.Message, "timestamp": g.Committer.When.Format(time.RFC3339),
		"url":    m.links.site("/%s/commit/%s", m.repo.fullName(), g.SHA),
		"author": m.committer(g.Author), "committer": m.committer(g.Committer),
		"added": lists["added"], "removed": lists["removed"], "modified": lists["modified"],
	}, nil
}

func (m mover) committer(p bare.Person) object {
	out := object{"name": p.Name, "email": p.Email}
	if p.Email == webFlowEmail {
		out["username"] = "web-flow"
	} else if a := m.byEmail(p.Email); a != nil {
		out["username"] = a.Login
	}
	return out
}
