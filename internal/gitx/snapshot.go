// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Snapshot is the content of one commit.
type Snapshot struct {
	repo *Repo
	root ID
}

// Snapshot gives the content of a commit.
func (r *Repo) Snapshot(c Commit) *Snapshot { return &Snapshot{r, c.Tree} }

// Lookup finds what lies at some paths; those that do not exist have no key in
// the answer. Each level of folders costs one request.
func (s *Snapshot) Lookup(ctx context.Context, paths []string) (map[string]Entry, error) {
	found := map[string]Entry{}
	at := map[string]ID{".": s.root}
	pending := map[string][]string{}
	for _, p := range paths {
		if p = path.Clean(p); p == "." {
			found["."] = Entry{Name: ".", Mode: Dir, ID: s.root}
		} else {
			pending["."] = append(pending["."], p)
		}
	}
	for len(pending) > 0 {
		trees, err := s.repo.Trees(ctx, values(at))
		if err != nil {
			return nil, err
		}
		nextAt, next := map[string]ID{}, map[string][]string{}
		for dir, rests := range pending {
			named := index(trees[at[dir]], len(rests))
			for _, rest := range rests {
				name, deeper, more := strings.Cut(rest, "/")
				e, ok := named(name)
				full := path.Join(dir, name)
				switch {
				case ok && !more:
					found[full] = e
				case ok && e.Mode == Dir:
					nextAt[full] = e.ID
					next[full] = append(next[full], deeper)
				}
			}
		}
		at, pending = nextAt, next
	}
	return found, nil
}

func values(m map[string]ID) []ID {
	ids := make([]ID, 0, len(m))
	for _, id := range m {
		ids = append(ids, id)
	}
	return ids
}

// index finds entries by their names, as often as is told; for a few searches it
// makes no map.
func index(entries []Entry, searches int) func(name string) (Entry, bool) {
	if searches < 8 {
		return func(name string) (Entry, bool) {
			i := slices.IndexFunc(entries, func(e Entry) bool { return e.Name == name })
			if i < 0 {
				return Entry{}, false
			}
			return entries[i], true
		}
	}
	m := make(map[string]Entry, len(entries))
	for _, e := range entries {
		m[e.Name] = e
	}
	return func(name string) (Entry, bool) {
		e, ok := m[name]
		return e, ok
	}
}

// Dirs lists folders; a path that is no folder has no key in the answer.
func (s *Snapshot) Dirs(ctx context.Context, dirs []string) (map[string][]Entry, error) {
	entries, err := s.Lookup(ctx, dirs)
	if err != nil {
		return nil, err
	}
	trees, err := s.repo.Trees(ctx, treesOf(entries))
	if err != nil {
		return nil, err
	}
	out := map[string][]Entry{}
	for p, e := range entries {
		if e.Mode == Dir {
			out[p] = trees[e.ID]
		}
	}
	return out, nil
}

// Read reads regular files in one request for all; what is no regular file has
// no key in the answer.
func (s *Snapshot) Read(ctx context.Context, paths []string) (map[string][]byte, error) {
	return s.contents(ctx, paths, func(e Entry) bool { return e.Mode == File || e.Mode == Exec })
}

// contents reads the blobs at some paths whose entries are wanted.
func (s *Snapshot) contents(ctx context.Context, paths []string, wanted func(Entry) bool) (map[string][]byte, error) {
	entries, err := s.Lookup(ctx, paths)
	if err != nil {
		return nil, err
	}
	var ids []ID
	for p, e := range entries {
		if !wanted(e) {
			delete(entries, p)
			continue
		}
		ids = append(ids, e.ID)
	}
	blobs, err := s.repo.Blobs(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for p, e := range entries {
		out[p] = blobs[e.ID]
	}
	return out, nil
}

// Links reads where symlinks lead, in one request for all; what is no symlink
// has no key in the answer.
func (s *Snapshot) Links(ctx context.Context, paths []string) (map[string]string, error) {
	texts, err := s.contents(ctx, paths, func(e Entry) bool { return e.Mode == Symlink })
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(texts))
	for p, text := range texts {
		out[p] = string(text)
	}
	return out, nil
}

// Below lists folders and all folders below them, all that is lacking in one
// request; a path that is no folder has no key in the answer.
func (s *Snapshot) Below(ctx context.Context, dirs []string) (map[string][]Entry, error) {
	all := map[string][]Entry{}
	err := s.EachBelow(ctx, dirs, func(dir string, entries []Entry) { all[dir] = entries })
	return all, err
}

// EachBelow is as Below, and hands out one folder after the other.
func (s *Snapshot) EachBelow(ctx context.Context, dirs []string, hand func(dir string, entries []Entry)) error {
	entries, err := s.Lookup(ctx, dirs)
	if err != nil {
		return err
	}
	return s.descend(ctx, entries, hand)
}

// Walk lists all files, symlinks and submodules in and below some folders and
// files, by their full paths, all that is lacking in one request.
func (s *Snapshot) Walk(ctx context.Context, roots []string) (map[string]Entry, error) {
	entries, err := s.Lookup(ctx, roots)
	if err != nil {
		return nil, err
	}
	files := map[string]Entry{}
	for p, e := range entries {
		if e.Mode != Dir {
			files[p] = e
		}
	}
	err = s.descend(ctx, entries, func(dir string, entries []Entry) {
		for _, e := range entries {
			if e.Mode != Dir {
				files[join(dir, e.Name)] = e
			}
		}
	})
	return files, err
}

// descend hands out the folders among some entries and those below them, each
// once. A server sends whatever lies below a tree that it is asked for but for
// the blobs (rev-list, --filter=blob:none), so that what is lacking anywhere is
// asked for at once; a local repository costs no round trips, and there it is one
// level after the other.
func (s *Snapshot) descend(ctx context.Context, level map[string]Entry, hand func(dir string, entries []Entry)) error {
	seen := map[string]bool{}
	for len(level) > 0 {
		if err := s.repo.load(ctx, want{ids: treesOf(level), filter: "blob:none"}); err != nil {
			return fmt.Errorf("reading trees: %w", err)
		}
		lacking := map[string]Entry{}
		for p, e := range level {
			if err := s.held(p, e, seen, lacking, hand); err != nil {
				return err
			}
		}
		level = lacking
	}
	return nil
}

// held hands out a folder and those below it that are in memory, and names those
// that are lacking.
func (s *Snapshot) held(p string, e Entry, seen map[string]bool, lacking map[string]Entry, hand func(string, []Entry)) error {
	switch {
	case e.Mode != Dir || seen[p]:
		return nil
	case !s.repo.store.has(e.ID):
		lacking[p] = e
		return nil
	}
	seen[p] = true
	entries, err := s.repo.entries(e.ID)
	if err != nil {
		return err
	}
	hand(p, entries)
	for _, below := range entries {
		if below.Mode != Dir {
			continue
		}
		if err := s.held(join(p, below.Name), below, seen, lacking, hand); err != nil {
			return err
		}
	}
	return nil
}

// join is the path of a name in a folder.
func join(dir, name string) string {
	if dir == "." {
		return name
	}
	return dir + "/" + name
}

// treesOf are the ids of those entries that are folders.
func treesOf(entries map[string]Entry) []ID {
	var ids []ID
	for _, e := range entries {
		if e.Mode == Dir {
			ids = append(ids, e.ID)
		}
	}
	return ids
}
