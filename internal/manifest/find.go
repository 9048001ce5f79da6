// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// target is a scalar and the value that it should have.
type target struct {
	node *yaml.Node
	want string
	// service and was describe the place for those who report the change.
	service string
	was     Image
}

// described is the target as a place.
func (t target) described() Place {
	return Place{
		Service: t.service, Line: t.node.Line, Column: t.node.Column,
		Old: strings.TrimSpace(t.node.Value), New: t.want, Was: t.was,
	}
}

// found is what one file holds of the wanted images.
type found struct {
	targets []target // each scalar once
	places  []Place
	left    []Left
}

// finder collects the targets of one document.
type finder struct {
	found
	file  string
	wants []Want
	uses  *uses
	marks marks
	// known finds a scalar's target, and told what was said of a scalar already.
	known map[*yaml.Node]int
	told  map[told]bool
}

// told is a scalar and the service for which it was reported.
type told struct {
	node    *yaml.Node
	service string
}

// find collects the targets of all documents, each scalar once.
func find(file string, docs []*yaml.Node, wants []Want) (found, error) {
	var all found
	for _, doc := range docs {
		f := &finder{
			file: file, wants: wants, uses: newUses(doc), marks: markers(doc),
			known: map[*yaml.Node]int{}, told: map[told]bool{},
		}
		if err := f.document(doc); err != nil {
			return found{}, err
		}
		all.targets = append(all.targets, f.targets...)
		all.places = append(all.places, f.places...)
		all.left = append(all.left, f.left...)
	}
	slices.SortStableFunc(all.places, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	slices.SortStableFunc(all.left, func(a, b Left) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return all, nil
}

// document looks at the spots of one document, and then at the marked values
// that stand nowhere where an image is known to.
func (f *finder) document(doc *yaml.Node) error {
	err := spots(f.file, doc, func(s spot) error {
		for _, w := range f.wants {
			if err := f.spot(s, w); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := f.marked(); err != nil {
		return err
	}
	return f.uses.check(f.file)
}

// spot sets one image at one spot.
func (f *finder) spot(s spot, w Want) error {
	e := entry{f, s, w}
	if s.inner != "" {
		return e.leaveText()
	}
	mine, theirs := f.marks.among(s, w.Service)
	named := s.isFor(w.Repository)
	switch {
	case theirs != nil && theirs.flaw != "" && named:
		return refuse(f.file, theirs.at, "%s", theirs.flaw)
	case theirs != nil && named:
		return e.leave(theirs.at, "is marked for "+theirs.service)
	case s.aside:
		return e.leaveAside(named && theirs == nil && mine == nil)
	case theirs == nil && mine == nil && !named && s.isShort(w.Repository):
		return e.leave(s.at, fmt.Sprintf(byShort, w.Repository))
	case theirs != nil || !named && mine == nil:
		return e.leaveOpen()
	case s.flaw != "":
		return refuse(f.file, s.flawAt, "%s", s.flaw)
	case mine == nil && s.open() != "":
		return e.leave(s.at, s.open())
	case s.tagKey == "":
		f.uses.hit(s.under)
		return e.set(held{s.at, s.in}, s.prefix+w.Reference())
	}
	f.uses.hit(s.at)
	return e.parts(resolve(s.at))
}

// entry is a wanted image at a spot that names it.
type entry struct {
	*finder
	spot spot
	want Want
}

// set makes a scalar, or the one that an alias stands for, a target. What a
// marker says of the value goes before what stands around it.
func (e entry) set(h held, want string) error {
	n := resolve(h.at)
	if n.Kind != yaml.ScalarNode {
		return refuse(e.file, h.at, "names a version, and is no single value")
	}
	if mark := e.marks.of(h.at); mark != nil {
		text, err := e.byMark(mark)
		if err != nil {
			return err
		}
		want = text
	}
	e.uses.hit(h.at)
	e.uses.edits(edit{held: h, key: h.key(), spot: e.spot})
	return e.aim(n, h.at, want)
}

// aim notes a scalar and what it should become.
func (e entry) aim(n, at *yaml.Node, want string) error {
	t := target{node: n, want: want, service: e.want.Service, was: e.spot.names}
	i, known := e.known[n]
	if known && e.targets[i].want != want {
		return refuse(e.file, at, "the value at line %d would have to become both %s and %s", n.Line, e.targets[i].want, want)
	}
	if !known {
		e.known[n] = len(e.targets)
		e.targets = append(e.targets, t)
	}
	if key := (told{n, e.want.Service}); !e.told[key] {
		e.told[key] = true
		e.places = append(e.places, t.described())
	}
	return nil
}
