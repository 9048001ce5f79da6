// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"path"
	"slices"
)

// walk is the search for what one service is made of.
type walk struct {
	*walks
	service Service
	known   *known
	wants   wants
	// waits tells that this round's searches want what this one needs.
	waits bool

	inputs, gone []Input
	edges        []Edge
	// once are the edges and files that are told already.
	once map[string]bool
}

// first makes the search wait for something, and tells whether no other has
// asked for it this round.
func (w *walk) first(what string) bool {
	w.waits = true
	if w.asked[what] {
		return false
	}
	w.asked[what] = true
	return true
}

// text is the content of a file, or of that which symlinks lead to; there is
// false where it is not there, or not known yet and now wanted. So it is with
// list and tree. A file whose folder was not listed yet is taken for no symlink.
func (w *walk) text(file string) (text []byte, there bool) {
	for range mostLinks {
		items, _ := w.known.list(path.Dir(file))
		if !slices.Contains(items, Item{Name: path.Base(file), Link: true}) {
			break
		}
		target, ok := w.link(file)
		if !ok {
			return nil, false
		}
		file = target
		if _, there := w.list(path.Dir(file)); !there {
			return nil, false
		}
	}
	if !w.known.read(file) && w.first("file "+file) {
		w.wants.files = append(w.wants.files, file)
	}
	return w.known.text(file)
}

func (w *walk) list(dir string) (items []Item, there bool) {
	if !w.known.listed(dir) && w.first("folder "+dir) {
		w.wants.dirs = append(w.wants.dirs, dir)
	}
	return w.known.list(dir)
}

// tree tells whether all folders in and below one are known.
func (w *walk) tree(dir string) bool {
	if !w.known.trees[dir] && w.first("tree "+dir) {
		w.wants.trees = append(w.wants.trees, dir)
	}
	return w.known.trees[dir]
}

// link is where a symlink leads in the repository; none where it leads out.
func (w *walk) link(file string) (target string, ok bool) {
	if _, asked := w.known.links[file]; !asked && w.first("link "+file) {
		w.wants.links = append(w.wants.links, file)
	}
	to := w.known.links[file]
	if to == nil {
		return "", false
	}
	return beside(file, *to)
}

// beside makes files in a folder count: those that are there as inputs, and the
// others because they may have been there.
func (w *walk) beside(dir, kind string, names ...string) {
	key := names[0] + " in " + dir
	if w.once[key] {
		return
	}
	w.once[key] = true
	for _, name := range names {
		switch in := (Input{Root: path.Join(dir, name), Kind: kind, Place: Place{File: path.Join(dir, name)}}); {
		case w.has(dir, name):
			w.input(in)
		case !w.own(in.Root):
			w.gone = append(w.gone, in)
		}
	}
}

// missing makes a file count that may have been in a folder or one above, up to
// where there is one. It is asked for already.
func (w *walk) missing(dir, kind, name string) {
	for _, dir := range upward(dir) {
		file := path.Join(dir, name)
		if _, there := w.text(file); there {
			return
		}
		if !w.own(file) {
			w.gone = append(w.gone, Input{Root: file, Kind: kind, Place: Place{File: file}})
		}
	}
}

// has tells whether a folder holds a file, link or folder of a name.
func (w *walk) has(dir, name string) bool {
	items, _ := w.list(dir)
	return slices.ContainsFunc(items, func(i Item) bool { return i.Name == name })
}

// own tells whether a path lies in the service's folder.
func (w *walk) own(file string) bool {
	_, ok := within(w.service.Path, file)
	return ok
}

// input adds an input unless it lies in the service's folder.
func (w *walk) input(in Input) {
	if in.Pattern != nil || !w.own(in.Root) {
		w.inputs = append(w.inputs, in)
	}
}

// edge adds an edge to another service, once for each kind.
func (w *walk) edge(to, kind string, place Place) {
	if key := kind + " edge " + to; to != w.service.Name && !w.once[key] {
		w.once[key] = true
		w.edges = append(w.edges, Edge{w.service.Name, to, kind, place})
	}
}

func (w *walk) fault(file string, err error) { w.faults[file] = err }

// depend makes a folder count: by edges where it is other services' folder, as
// an input where it is not. It tells whether what the folder depends on is to
// be followed from here.
func (w *walk) depend(folder, edge, input string, place Place) (follow bool) {
	if folder == w.service.Path {
		return true
	}
	for _, name := range w.owners[folder] {
		w.edge(name, edge, place)
	}
	if len(w.owners[folder]) > 0 {
		return false
	}
	w.input(Input{Root: folder, Kind: input, Place: place})
	return true
}

// owner is the folder of the services that a path lies in, the nearest one;
// none where that holds this service too.
func (w *walk) owner(file string) (names []string) {
	for _, dir := range upward(file) {
		if names := w.owners[dir]; len(names) > 0 {
			if _, above := within(dir, w.service.Path); above {
				return nil
			}
			return names
		}
	}
	return nil
}

// upward is a folder and all above it, up to the repository's root.
func upward(dir string) []string {
	dirs := []string{dir}
	for ; dir != "." && dir != "/"; dirs = append(dirs, dir) {
		dir = path.Dir(dir)
	}
	return dirs
}

// above asks for files of some names in a service's folder and all above it, and
// what these folders hold, in one round.
func (w *walk) above(names ...string) {
	for _, dir := range upward(w.service.Path) {
		if !w.own(dir) {
			w.list(dir)
		}
		for _, name := range names {
			w.text(child(dir, name))
		}
	}
}

// child is the path of a name in a folder, both clean. It costs less than
// path.Join, which counts in a repository of many folders.
func child(dir, name string) string {
	if dir == "." {
		return name
	}
	return dir + "/" + name
}

// nearest is the nearest folder at or above one that holds a file; all of them
// are looked at, so that it takes one round.
func (w *walk) nearest(dir, name string) (string, bool) {
	found, ok := "", false
	for _, dir := range upward(dir) {
		if _, there := w.text(child(dir, name)); there && !ok {
			found, ok = dir, true
		}
	}
	return found, ok
}
