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

// Pair is two trees to compare; a zero id is the empty tree.
type Pair struct{ Old, New ID }

// folder is one of which at least one side is to be read, and of which pair.
type folder struct {
	path string
	Pair
	of int
}

// Diff lists the files, symlinks and submodules that differ between two trees,
// in the order of their paths; a zero id is the empty tree. Each level of
// folders that differ costs one request.
func (r *Repo) Diff(ctx context.Context, a, b ID) ([]Change, error) {
	all, err := r.DiffMany(ctx, []Pair{{a, b}})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// DiffMany compares several pairs of trees as Diff does, the Nth answer being
// that of the Nth pair. Each level of folders that differ costs one request for
// all pairs together. Equal pairs share their answer, which is not to be written to.
func (r *Repo) DiffMany(ctx context.Context, pairs []Pair) ([][]Change, error) {
	first := map[Pair]int{}
	changes := make([][]Change, len(pairs))
	var level []folder
	for i, p := range pairs {
		if _, ok := first[p]; !ok && p.Old != p.New {
			first[p] = i
			level = append(level, folder{Pair: p, of: i})
		}
	}
	for len(level) > 0 {
		next, err := r.diffLevel(ctx, level, changes)
		if err != nil {
			return nil, err
		}
		level = next
	}
	for i, p := range pairs {
		if at, ok := first[p]; ok && at < i {
			changes[i] = changes[at]
		} else {
			slices.SortFunc(changes[i], func(x, y Change) int { return strings.Compare(x.Path, y.Path) })
		}
	}
	return changes, nil
}

// diffLevel compares the folders of one level and gives those below that differ.
func (r *Repo) diffLevel(ctx context.Context, level []folder, changes [][]Change) ([]folder, error) {
	var ids []ID
	for _, f := range level {
		ids = appendTree(appendTree(ids, f.Old), f.New)
	}
	trees, err := r.Trees(ctx, ids)
	if err != nil {
		return nil, err
	}
	var next []folder
	for _, f := range level {
		differ(f, trees[f.Old], trees[f.New], &changes[f.of], &next)
	}
	return next, nil
}

func appendTree(ids []ID, id ID) []ID {
	if id.IsZero() {
		return ids
	}
	return append(ids, id)
}

// differ compares one folder's two sides, and queues the folders below it.
func differ(f folder, a, b []Entry, changes *[]Change, next *[]folder) {
	before := make(map[string]Entry, len(a))
	for _, e := range a {
		before[e.Name] = e
	}
	compare := func(name string, x, y Entry) {
		if x.Mode == y.Mode && x.ID == y.ID {
			return
		}
		full := f.path + name
		below := folder{path: full + "/", of: f.of}
		x, below.Old = splitDir(x)
		y, below.New = splitDir(y)
		if below.Old != below.New {
			*next = append(*next, below)
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
