// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// walks is a deriver that searches for what services are made of one by one.
// A search begins anew each round, as if all were known; the one that wants
// nothing more is the last, and what it found counts.
type walks struct {
	services []Service
	// owners names the services of a folder.
	owners map[string][]string
	search func(*walk)
	// round counts the rounds, asked is what was wanted in this one.
	round int
	asked map[string]bool
	// done holds what was found, by the service's place in services.
	done map[int]*walk
	// faults are by file.
	faults map[string]error
}

func newWalks(services []Service, search func(*walk)) *walks {
	s := &walks{services: services, owners: map[string][]string{}, search: search, done: map[int]*walk{}, faults: map[string]error{}}
	for _, svc := range services {
		s.owners[svc.Path] = append(s.owners[svc.Path], svc.Name)
	}
	return s
}

// mostSources is how many Go files are read at once, about; their texts are in
// memory until the round ends.
const mostSources = 4096

func (s *walks) next(k *known) wants {
	s.round++
	s.asked = map[string]bool{}
	var all wants
	sources := map[string]bool{}
	for i, svc := range s.services {
		if s.done[i] != nil || len(sources) > mostSources {
			continue
		}
		w := &walk{walks: s, service: svc, known: k, once: map[string]bool{}}
		s.search(w)
		if w.waits {
			all.add(w.wants)
			for _, file := range w.wants.files {
				if strings.HasSuffix(file, ".go") {
					sources[file] = true
				}
			}
		} else {
			s.done[i] = w
		}
	}
	return all
}

// finish adds what was found, without the inputs that lie in one already told.
func (s *walks) finish(b *builder) {
	for i, svc := range s.services {
		told := newTold(b.Inputs[svc.Name])
		for _, in := range s.done[i].inputs {
			if told.add(in) {
				b.input(svc.Name, in)
			}
		}
		if gone := s.done[i].gone; len(gone) > 0 {
			if b.Gone == nil {
				b.Gone = map[string][]Input{}
			}
			b.Gone[svc.Name] = append(b.Gone[svc.Name], gone...)
		}
		for _, e := range s.done[i].edges {
			b.edge(e)
		}
	}
	for _, file := range slices.Sorted(maps.Keys(s.faults)) {
		b.fault(file, s.faults[file])
	}
}

// told is what inputs cover: folders and files as a whole, folders without
// those below them, and patterns.
type told struct{ whole, flat, patterns map[string]bool }

func newTold(inputs []Input) told {
	t := told{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, in := range inputs {
		t.add(in)
	}
	return t
}

// add tells whether an input says what was not told.
func (t told) add(in Input) bool {
	root, key, said := in.Root, in.Root, t.whole
	switch {
	case in.Except != nil:
		return true
	case in.Pattern != nil:
		root, key, said = fixedPart(in.Pattern.Text), in.Pattern.Text, t.patterns
	case in.Flat:
		said = t.flat
	}
	add := !said[key] && !slices.ContainsFunc(upward(root), func(dir string) bool { return t.whole[dir] })
	said[key] = true
	return add
}

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

// text is the content of a file; there is false where it is not there, or not
// known yet and now wanted. So it is with list and tree.
func (w *walk) text(file string) (text []byte, there bool) {
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

// nearest is the nearest folder at or above one that holds a file; all of them
// are looked at, so that it takes one round.
func (w *walk) nearest(dir, name string) (string, bool) {
	found, ok := "", false
	for _, dir := range upward(dir) {
		if _, there := w.text(path.Join(dir, name)); there && !ok {
			found, ok = dir, true
		}
	}
	return found, ok
}

// parsed keeps what files say, so that each is read once for all services.
type parsed[T any] struct {
	parse func(file string, data []byte) (*T, error)
	found map[string]*T
}

func newParsed[T any](parse func(file string, data []byte) (*T, error)) *parsed[T] {
	return &parsed[T]{parse, map[string]*T{}}
}

// get is what a file says; nil where it is not there, not known yet, or cannot
// be understood, which is a fault.
func (p *parsed[T]) get(w *walk, file string) *T {
	if value, ok := p.found[file]; ok {
		return value
	}
	text, there := w.text(file)
	if !there {
		return nil
	}
	value, err := p.parse(file, text)
	if err != nil {
		value = nil
		w.fault(file, err)
	}
	p.found[file] = value
	return value
}

// shared is what several services' searches gather together, once each round
// until all is known.
type shared struct {
	done  bool
	round int
}

// gather calls what gathers, unless that was done, this round or for good.
func (s *shared) gather(w *walk, gather func()) {
	if !s.done && s.round != w.round {
		s.round = w.round
		before := w.waits
		w.waits = false
		gather()
		s.done = !w.waits
		w.waits = before
	}
	w.waits = w.waits || !s.done
}
