// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"maps"
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
			all.spent = append(all.spent, w.wants.spent...)
			w.wants = wants{}
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
