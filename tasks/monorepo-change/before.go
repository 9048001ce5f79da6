// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
)

// before shows folders as they were before some changes. A folder that only
// came with them is still there, and empty.
type before struct {
	now     monorepo.Tree
	changes []gitx.Change
}

// List is part of monorepo.Tree.
func (b before) List(ctx context.Context, dirs []string) (map[string][]monorepo.Item, error) {
	listed, err := b.now.List(ctx, dirs)
	if err != nil {
		return nil, err
	}
	out := map[string][]monorepo.Item{}
	for _, dir := range dirs {
		items, ok := listed[dir]
		was := map[string]monorepo.Item{}
		for _, item := range items {
			was[item.Name] = item
		}
		for _, c := range below(b.changes, dir) {
			ok = b.undo(was, dir, c) || ok
		}
		if ok {
			out[dir] = slices.SortedFunc(maps.Values(was), func(x, y monorepo.Item) int { return strings.Compare(x.Name, y.Name) })
		}
	}
	return out, nil
}

// undo takes one change back in a folder, and tells whether the folder had
// something then.
func (b before) undo(was map[string]monorepo.Item, dir string, c gitx.Change) bool {
	name, _, deep := strings.Cut(strings.TrimPrefix(c.Path, prefix(dir)), "/")
	existed := c.Old != gitx.Entry{}
	switch {
	case deep && existed:
		was[name] = monorepo.Item{Name: name, Dir: true}
	case !deep && existed:
		was[name] = monorepo.Item{Name: name, Link: c.Old.Mode == gitx.Symlink}
	case !deep && !was[name].Dir:
		delete(was, name)
	}
	return existed
}

func prefix(dir string) string {
	if dir == "." {
		return ""
	}
	return dir + "/"
}

// below are the changes in and below a folder.
func below(changes []gitx.Change, dir string) []gitx.Change {
	p := prefix(dir)
	from, _ := slices.BinarySearchFunc(changes, p, func(c gitx.Change, p string) int { return strings.Compare(c.Path, p) })
	to := from
	for to < len(changes) && strings.HasPrefix(changes[to].Path, p) {
		to++
	}
	return changes[from:to]
}
