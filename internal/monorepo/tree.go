// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"context"
	"path"
	"slices"
	"strings"
)

// Item is one name in a folder.
type Item struct {
	Name string
	// Dir tells a folder, Link a symlink.
	Dir, Link bool
}

// Tree answers what the folders of a repository hold at one commit.
type Tree interface {
	// List reads several folders at once. A path that is no folder has no key
	// in the answer.
	List(ctx context.Context, dirs []string) (map[string][]Item, error)
}

// Paths is a Tree made of the paths of all files.
type Paths []string

// List reads folders from the list of paths.
func (p Paths) List(_ context.Context, dirs []string) (map[string][]Item, error) {
	found := map[string][]Item{}
	for _, dir := range dirs {
		seen := map[string]bool{}
		for _, file := range p {
			rest, ok := within(dir, file)
			if !ok || rest == "" {
				continue
			}
			name, _, isDir := strings.Cut(rest, "/")
			if !seen[name] {
				seen[name] = true
				found[dir] = append(found[dir], Item{Name: name, Dir: isDir})
			}
		}
	}
	return found, nil
}

// within cuts a folder off a path; ok tells whether the path is the folder or
// below it.
func within(dir, file string) (rest string, ok bool) {
	if dir == "." {
		return file, true
	}
	rest, ok = strings.CutPrefix(file, dir)
	if !ok || (rest != "" && rest[0] != '/') {
		return "", false
	}
	return strings.TrimPrefix(rest, "/"), true
}

// walker is a Tree that lists folders with all folders below them at once.
type walker interface {
	Walk(ctx context.Context, dirs []string) (map[string][]Item, error)
}

// holders lists the folders that match one of the globs and hold a Dockerfile,
// reading the tree one level at a time. Deep tells that all that lies below
// the folders that match will be wanted too.
func holders(ctx context.Context, tree Tree, globs []string, deep bool) ([]string, error) {
	var found []string
	level := []string{"."}
	for len(level) > 0 && len(globs) > 0 {
		var matching, others []string
		for _, dir := range level {
			if matchesAny(globs, dir, false) {
				matching = append(matching, dir)
			} else {
				others = append(others, dir)
			}
		}
		listed, err := listBoth(ctx, tree, matching, others, deep)
		if err != nil {
			return nil, err
		}
		for _, dir := range matching {
			if holds(listed[dir], "Dockerfile") {
				found = append(found, dir)
			}
		}
		level = nextLevel(listed, slices.Concat(matching, others), globs)
	}
	slices.Sort(found)
	return found, nil
}

// nextLevel are the folders in some folders that match a glob, or have one below
// them that does.
func nextLevel(listed map[string][]Item, dirs, globs []string) []string {
	var next []string
	for _, dir := range dirs {
		for _, item := range listed[dir] {
			if sub := child(dir, item.Name); item.Dir && matchesAny(globs, sub, true) {
				next = append(next, sub)
			}
		}
	}
	return next
}

// listBoth lists folders, of which some are read with all that is below them
// where the tree can do that.
func listBoth(ctx context.Context, tree Tree, whole, plain []string, deep bool) (map[string][]Item, error) {
	w, can := tree.(walker)
	if !deep || !can || len(whole) == 0 {
		return tree.List(ctx, slices.Concat(whole, plain))
	}
	walked, err := w.Walk(ctx, whole)
	if err != nil || len(plain) == 0 {
		return walked, err
	}
	listed, err := tree.List(ctx, plain)
	if err != nil {
		return nil, err
	}
	for _, dir := range whole {
		if items, there := walked[dir]; there {
			listed[dir] = items
		}
	}
	return listed, nil
}

// holds tells whether a file, or a symlink, has a name.
func holds(items []Item, name string) bool {
	return slices.ContainsFunc(items, func(i Item) bool { return i.Name == name && !i.Dir })
}

// matchesAny tells whether a folder matches one of the globs; leading asks
// whether it or some folder below it can.
func matchesAny(globs []string, dir string, leading bool) bool {
	var names []string
	if dir != "." {
		names = strings.Split(dir, "/")
	}
	return slices.ContainsFunc(globs, func(glob string) bool {
		return matches(strings.Split(glob, "/"), names, leading)
	})
}

func matches(glob, names []string, leading bool) bool {
	switch {
	case len(names) == 0 && leading:
		return true
	case len(glob) == 0:
		return len(names) == 0
	case glob[0] == "**":
		return matches(glob[1:], names, leading) || len(names) > 0 && matches(glob, names[1:], leading)
	case len(names) == 0:
		return glob[0] == "." && len(glob) == 1
	}
	ok, err := path.Match(glob[0], names[0])
	return err == nil && ok && matches(glob[1:], names[1:], leading)
}
