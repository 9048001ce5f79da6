// SPDX-License-Identifier: Apache-2.0

package origin

import (
	"context"
	"path"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
)

// Files shows a commit's content to the graph. What was walked once is kept, for
// services are looked for in the folders that they are then made of.
type Files struct {
	*gitx.Snapshot

	// walked are folders of which all that lies below is in folders.
	walked  map[string]bool
	folders map[string][]monorepo.Item
}

func newFiles(s *gitx.Snapshot) *Files {
	return &Files{Snapshot: s, walked: map[string]bool{}, folders: map[string][]monorepo.Item{}}
}

// List lists folders.
func (f *Files) List(ctx context.Context, dirs []string) (map[string][]monorepo.Item, error) {
	listed, err := f.Dirs(ctx, dirs)
	out := make(map[string][]monorepo.Item, len(listed))
	for dir, entries := range listed {
		out[dir] = items(entries)
	}
	return out, err
}

// Walk lists folders and all folders below them, and tells of those that were
// walked before as well: one map serves all who ask.
func (f *Files) Walk(ctx context.Context, dirs []string) (map[string][]monorepo.Item, error) {
	var news []string
	for _, dir := range dirs {
		if !f.inWalked(dir) {
			news = append(news, dir)
		}
	}
	err := f.EachBelow(ctx, news, func(dir string, entries []gitx.Entry) { f.folders[dir] = items(entries) })
	if err != nil {
		return nil, err
	}
	for _, dir := range news {
		f.walked[dir] = true
	}
	return f.folders, nil
}

func (f *Files) inWalked(dir string) bool {
	for ; !f.walked[dir]; dir = path.Dir(dir) {
		if dir == "." || dir == "/" {
			return false
		}
	}
	return true
}

func items(entries []gitx.Entry) []monorepo.Item {
	items := make([]monorepo.Item, len(entries))
	for i, e := range entries {
		items[i] = monorepo.Item{Name: e.Name, Dir: e.Mode == gitx.Dir, Link: e.Mode == gitx.Symlink}
	}
	return items
}
