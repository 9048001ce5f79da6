// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
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

// found is what one file holds of the wanted images.
type found struct {
	targets []target // each scalar once
	places  []Place
}

// finder collects the targets of one document.
type finder struct {
	found
	file  string
	wants []Want
	uses  *uses
}

// find collects the targets of all documents, each scalar once.
func find(file string, docs []*yaml.Node, wants []Want) (found, error) {
	var all found
	for _, doc := range docs {
		f := &finder{file: file, wants: wants, uses: newUses(doc)}
		if err := f.document(doc); err != nil {
			return found{}, err
		}
		if err := f.uses.check(file); err != nil {
			return found{}, err
		}
		all.targets = append(all.targets, f.targets...)
		all.places = append(all.places, f.places...)
	}
	slices.SortStableFunc(all.places, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return all, nil
}

// document looks at the spots of one document.
func (f *finder) document(doc *yaml.Node) error {
	return spots(f.file, doc, func(s spot) error {
		for _, w := range f.wants {
			if s.names.Repository != w.Repository {
				continue
			}
			if err := f.spot(s, w); err != nil {
				return err
			}
		}
		return nil
	})
}

// spot sets one image at one spot.
func (f *finder) spot(s spot, w Want) error {
	e := entry{f, s, w}
	if s.tagKey == "" {
		return e.set(s.at, w.Reference())
	}
	f.uses.hit(s.at)
	f.uses.edits(resolve(s.at))
	return e.parts(resolve(s.at))
}

// entry is a wanted image at a spot that names it.
type entry struct {
	*finder
	spot spot
	want Want
}

// set makes a scalar, or the one that an alias stands for, a target.
func (e entry) set(v *yaml.Node, want string) error {
	e.uses.hit(v)
	n := resolve(v)
	e.uses.edits(n)
	t := target{node: n, want: want, service: e.want.Service, was: e.spot.names}
	p := t.described()
	for _, other := range e.targets {
		if other.node == n && other.want != want {
			return refuse(e.file, v, "the value at line %d would have to become both %s and %s", n.Line, other.want, want)
		}
	}
	if !slices.ContainsFunc(e.targets, func(other target) bool { return other.node == n }) {
		e.targets = append(e.targets, t)
	}
	if !slices.Contains(e.places, p) {
		e.places = append(e.places, p)
	}
	return nil
}

// described is the target as a place.
func (t target) described() Place {
	return Place{
		Service: t.service, Line: t.node.Line, Column: t.node.Column,
		Old: strings.TrimSpace(t.node.Value), New: t.want, Was: t.was,
	}
}

// setDigest makes a scalar that pins a digest a target, when the digest is known.
func (e entry) setDigest(v *yaml.Node) error {
	if e.want.Digest == "" {
		return refuse(e.file, v, "pins a digest, and the digest of %s is not known", e.want.Reference())
	}
	return e.set(v, e.want.Digest)
}

// setTag makes a scalar that names a tag a target.
func (e entry) setTag(v *yaml.Node) error {
	if e.want.Tag == "" {
		return refuse(e.file, v, "names a tag, and %s has none", e.want.Reference())
	}
	return e.set(v, e.want.Tag)
}
