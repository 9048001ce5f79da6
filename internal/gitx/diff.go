// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"cmp"
	"context"
	"fmt"
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

// Diff lists the files, symlinks and submodules that differ between two trees,
// in the order of their paths; a zero id is the empty tree. Each level of
// folders that differ costs one request.
func (r *Repo) Diff(ctx context.Context, a, b ID) (changes []Change, err error) {
	err = r.DiffEach(ctx, []Pair{{a, b}}, func(_ int, found []Change) error {
		changes = found
		return nil
	})
	return changes, err
}

// DiffEach compares pairs of trees as Diff does and hands out the answers one by
// one, in the order of the pairs, so that not all are held at once. Each level of
// folders that differ costs one request for all pairs together.
func (r *Repo) DiffEach(ctx context.Context, pairs []Pair, visit func(n int, changes []Change) error) error {
	if err := r.loadDiffering(ctx, pairs); err != nil {
		return err
	}
	for n, p := range pairs {
		var changes []Change
		if err := r.collect("", p, &changes); err != nil {
			return err
		}
		slices.SortFunc(changes, func(x, y Change) int { return strings.Compare(x.Path, y.Path) })
		if err := visit(n, changes); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// loadDiffering brings into memory the trees that differ, level by level.
func (r *Repo) loadDiffering(ctx context.Context, pairs []Pair) error {
	f := newFrontier(pairs)
	for {
		ids, err := f.lacking(r)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := r.load(ctx, want{ids: ids, filter: single}); err != nil {
			return fmt.Errorf("reading trees: %w", err)
		}
	}
}

// frontier is how far some pairs of trees were compared.
type frontier struct {
	level []Pair
	// seen are pairs of folders, of which several pairs of trees may hold the same.
	seen map[Pair]bool
}

func newFrontier(pairs []Pair) *frontier { return &frontier{pairs, map[Pair]bool{}} }

// lacking goes down as far as trees are in memory and names those that come
// next; none at the end.
func (f *frontier) lacking(r *Repo) (ids []ID, err error) {
	for len(f.level) > 0 {
		var level []Pair
		for _, p := range f.level {
			if p.Old != p.New && !f.seen[p] {
				level = append(level, p)
				ids = appendTree(appendTree(ids, p.Old), p.New)
			}
		}
		if ids = r.lacking(ids); len(ids) > 0 {
			f.level = level
			return ids, nil
		}
		f.level = nil
		for _, p := range level {
			if f.seen[p] {
				continue
			}
			f.seen[p] = true
			err := r.differ(p, func(_ string, below Pair) error {
				f.level = append(f.level, below)
				return nil
			}, func(string, Entry, Entry) {})
			if err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// Foresee says that a commit will be compared with the one of that full id:
// from now on each request for single objects brings the next level of what
// differs along, which saves the comparison's own. It asks for nothing by itself,
// and what cannot be had is told by the comparison.
func (r *Repo) Foresee(old string, c Commit) {
	id, err := ParseID(old)
	if err != nil || !r.store.has(id) {
		return
	}
	if from, err := r.commit(id); err == nil {
		r.ahead = newFrontier([]Pair{{from.Tree, c.Tree}})
	}
}

// along adds to a request what is foreseen.
func (r *Repo) along(w want) want {
	if r.ahead == nil || w.filter != single || len(r.lacking(w.ids)) == 0 {
		return w
	}
	ids, err := r.ahead.lacking(r)
	if err != nil || len(ids) == 0 {
		r.ahead = nil
		return w
	}
	w.ids = slices.Concat(w.ids, ids)
	return w
}

// collect adds what differs between two loaded folders, and below them.
func (r *Repo) collect(path string, p Pair, changes *[]Change) error {
	return r.differ(p, func(name string, below Pair) error {
		return r.collect(path+name+"/", below, changes)
	}, func(name string, x, y Entry) {
		*changes = append(*changes, Change{path + name, x, y})
	})
}

func appendTree(ids []ID, id ID) []ID {
	if id.IsZero() {
		return ids
	}
	return append(ids, id)
}

// differ compares two loaded folders, whose entries are in one order, and hands
// out the folders in them that differ, and everything else that does.
func (r *Repo) differ(p Pair, folder func(name string, below Pair) error, other func(name string, x, y Entry)) error {
	if p.Old == p.New {
		return nil
	}
	a, err := r.entries(p.Old)
	if err != nil {
		return err
	}
	b, err := r.entries(p.New)
	if err != nil {
		return err
	}
	for len(a)+len(b) > 0 {
		var x, y Entry
		if len(b) == 0 || len(a) > 0 && order(a[0], b[0]) <= 0 {
			x = a[0]
		}
		if len(a) == 0 || len(b) > 0 && order(a[0], b[0]) >= 0 {
			y = b[0]
		}
		a, b = a[count(x):], b[count(y):]
		if x == y {
			continue
		}
		name := cmp.Or(x.Name, y.Name)
		x, y, below := splitDirs(x, y)
		if x != y {
			other(name, x, y)
		}
		if below.Old != below.New {
			if err := folder(name, below); err != nil {
				return err
			}
		}
	}
	return nil
}

// count is how many entries were taken off a folder.
func count(e Entry) int {
	if e.Name == "" {
		return 0
	}
	return 1
}

// splitDirs tells folders, as their trees, from everything else.
func splitDirs(x, y Entry) (Entry, Entry, Pair) {
	var below Pair
	x, below.Old = splitDir(x)
	y, below.New = splitDir(y)
	return x, y, below
}

// splitDir tells a folder, as its tree, from everything else.
func splitDir(e Entry) (Entry, ID) {
	if e.Mode == Dir {
		return Entry{}, e.ID
	}
	return e, ID{}
}
