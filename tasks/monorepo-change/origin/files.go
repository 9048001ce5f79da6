// SPDX-License-Identifier: Apache-2.0

package origin

import (
	"context"
	"maps"
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
	return items(listed), err
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
	listed, err := f.Below(ctx, news)
	if err != nil {
		return nil, err
	}
	maps.Copy(f.folders, items(listed))
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

func items(listed map[string][]gitx.Entry) map[string][]monorepo.Item {
	out := make(map[string][]monorepo.Item, len(listed))
	for dir, entries := range listed {
		items := make([]monorepo.Item, 0, len(entries))
		for _, e := range entries {
			items = append(items, monorepo.Item{Name: e.Name, Dir: e.Mode == gitx.Dir, Link: e.Mode == gitx.Symlink})
		}
		out[dir] = items
	}
	return out
}
