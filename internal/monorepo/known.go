// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"context"
	"slices"
)

// wants are what a reader asks for next. What is known already, or was found
// absent, may be named again and costs nothing.
type wants struct {
	// files are to be read.
	files []string
	// dirs are folders to be listed.
	dirs []string
	// trees are folders to be listed with all that lies below them.
	trees []string
	// links are symlinks whose targets are to be read.
	links []string
	// spent are files whose texts are of no more use.
	spent []string
}

func (w *wants) add(other wants) {
	w.files = append(w.files, other.files...)
	w.dirs = append(w.dirs, other.dirs...)
	w.trees = append(w.trees, other.trees...)
	w.links = append(w.links, other.links...)
	w.spent = append(w.spent, other.spent...)
}

// known is what has been read of a commit so far. A key with a nil value was
// asked for and is not there.
type known struct {
	texts map[string][]byte
	dirs  map[string][]Item
	trees map[string]bool
	links map[string]*string
}

func newKnown() *known {
	return &known{map[string][]byte{}, map[string][]Item{}, map[string]bool{}, map[string]*string{}}
}

// text is the content of a regular file; there is false where it is not there,
// or was not asked for yet.
func (k *known) text(file string) (text []byte, there bool) {
	text = k.texts[file]
	return text, text != nil
}

// read tells whether a file was asked for and answered, with it or without.
func (k *known) read(file string) bool {
	_, ok := k.texts[file]
	return ok
}

// list is what a folder holds; there is false where it is not there, is no
// folder, or was not asked for yet.
func (k *known) list(dir string) (items []Item, there bool) {
	items = k.dirs[dir]
	return items, items != nil
}

// listed tells whether a folder was asked for and answered, with it or without.
func (k *known) listed(dir string) bool {
	_, ok := k.dirs[dir]
	return ok
}

// ask gets what is wanted and not known: with one Walk, one List, one Read and
// one Links at most. More tells whether anything was new. What is spent goes.
func (k *known) ask(ctx context.Context, files Files, w wants) (more bool, err error) {
	for _, file := range w.spent {
		if _, there := k.text(file); there {
			k.texts[file] = []byte{}
		}
	}
	for _, step := range []func(context.Context, Files, wants) (bool, error){k.askTrees, k.askDirs, k.askFiles, k.askLinks} {
		asked, err := step(ctx, files, w)
		if err != nil {
			return false, err
		}
		more = more || asked
	}
	return more, nil
}

func (k *known) askTrees(ctx context.Context, files Files, w wants) (bool, error) {
	trees := news(w.trees, k.trees)
	if len(trees) == 0 {
		return false, nil
	}
	found, err := files.Walk(ctx, trees)
	if err != nil {
		return false, err
	}
	for _, dir := range trees {
		k.trees[dir] = true
		k.dirs[dir] = nil
	}
	for dir, items := range found {
		k.dirs[dir] = there(items)
	}
	return true, nil
}

func (k *known) askDirs(ctx context.Context, files Files, w wants) (bool, error) {
	return learn(ctx, w.dirs, k.dirs, files.List, there)
}

func (k *known) askFiles(ctx context.Context, files Files, w wants) (bool, error) {
	return learn(ctx, w.files, k.texts, files.Read, there)
}

func (k *known) askLinks(ctx context.Context, files Files, w wants) (bool, error) {
	return learn(ctx, w.links, k.links, files.Links, func(target string) *string { return &target })
}

// learn asks for what is wanted and not known, and keeps the answers: the zero
// value for what is not there.
func learn[V, K any](ctx context.Context, wanted []string, known map[string]K,
	ask func(context.Context, []string) (map[string]V, error), keep func(V) K,
) (bool, error) {
	wanted = news(wanted, known)
	if len(wanted) == 0 {
		return false, nil
	}
	found, err := ask(ctx, wanted)
	for _, name := range wanted {
		var absent K
		known[name] = absent
		if v, ok := found[name]; ok {
			known[name] = keep(v)
		}
	}
	return true, err
}

// there is what was found, never nil.
func there[V any](found []V) []V {
	if found == nil {
		return []V{}
	}
	return found
}

// news are the names, each once and in order, that a map has not.
func news[V any](names []string, in map[string]V) []string {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	return slices.DeleteFunc(names, func(name string) bool {
		_, ok := in[name]
		return ok
	})
}
