// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"context"
	"slices"
	"strings"
)

// Change is a path that differs between two trees. A rename is two changes.
type Change struct {
	Path string
	// Old and New are zero where the path did not or does not exist.
	Old, New Entry
}

// pair is a folder of which at least one side is to be read.
type pair struct {
	path string
	a, b ID
}

// Diff lists the files, symlinks and submodules that differ between two trees,
// in the order of their paths; a zero id is the empty tree. Each level of
// folders that differ costs one request.
func (r *Repo) Diff(ctx context.Context, a, b ID) ([]Change, error) {
	var changes []Change
	for level := []pair{{"", a, b}}; len(level) > 0; {
		var ids []ID
		for _, p := range level {
			ids = appendTree(appendTree(ids, p.a), p.b)
		}
		trees, err := r.Trees(ctx, ids)
		if err != nil {
			return nil, err
		}
		var next []pair
		for _, p := range level {
			if p.a == p.b {
				continue
			}
			differ(p.path, trees[p.a], trees[p.b], &changes, &next)
		}
		level = next
	}
	slices.SortFunc(changes, func(x, y Change) int { return strings.Compare(x.Path, y.Path) })
	return changes, nil
}

func appendTree(ids []ID, id ID) []ID {
	if id.IsZero() {
		return ids
	}
	return append(ids, id)
}

// differ compares one folder's two sides, and queues the folders below it.
func differ(path string, a, b []Entry, changes *[]Change, next *[]pair) {
	before := make(map[string]Entry, len(a))
	for _, e := range a {
		before[e.Name] = e
	}
	compare := func(name string, x, y Entry) {
		if x.Mode == y.Mode && x.ID == y.ID {
			return
		}
		full := path + name
		p := pair{path: full + "/"}
		x, p.a = splitDir(x)
		y, p.b = splitDir(y)
		if p.a != p.b {
			*next = append(*next, p)
		}
		if x != y {
			*changes = append(*changes, Change{full, x, y})
		}
	}
	for _, e := range b {
		compare(e.Name, before[e.Name], e)
		delete(before, e.Name)
	}
	for name, e := range before {
		compare(name, e, Entry{})
	}
}

// splitDir tells a folder, as its tree, from everything else.
func splitDir(e Entry) (Entry, ID) {
	if e.Mode == Dir {
		return Entry{}, e.ID
	}
	return e, ID{}
}
