// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// spot is a place that names an image.
type spot struct {
	// at is a scalar with a whole reference, or a mapping with its parts; an
	// alias stands for what it names.
	at *yaml.Node
	// in is the mapping that holds a whole reference, and under the value of
	// `image` that it belongs to; nil where they are of no matter.
	in, under *yaml.Node
	// tagKey is the key of a mapping's tag; empty where at is a scalar.
	tagKey string
	// prefix stands before a whole reference in the same scalar.
	prefix string
	// names is the image as it is written there.
	names Image
	// inner is a text that may hold YAML of its own; empty where at is a value.
	inner string
	// aside says that it stands under a key that is not known to hold references.
	aside bool
	// others are the repositories that other readers than ours may take it for.
	others []string
	// read reads the parts of a mapping of this kind.
	read func(m *yaml.Node) Image
	// flaw says why the spot must not be edited, and flawAt where.
	flaw   string
	flawAt *yaml.Node
}

// isFor tells whether the spot names a repository.
func (s spot) isFor(repository string) bool {
	return s.names.Repository == repository || slices.Contains(s.others, repository)
}

// values are those of the spot that name the image: the scalar, or the parts of a mapping.
func (s spot) values() []*yaml.Node {
	all := []*yaml.Node{s.at}
	if s.tagKey != "" {
		for _, key := range append([]string{"image", "repository", "name", "newName", s.tagKey}, pinKeys[:]...) {
			all = append(all, lookup(resolve(s.at), key).at)
		}
	}
	return all
}

// alike tells whether a mapping by itself names the image of this spot.
func (s spot) alike(m *yaml.Node) bool {
	return s.read != nil && s.read(m).Repository == s.names.Repository
}

// doubled marks a spot whose mapping writes one of the keys twice.
func (s spot) doubled(m *yaml.Node, keys ...string) spot {
	if at := twice(m, keys...); at != nil && s.flaw == "" {
		s.flawAt = at
		s.flaw = "the key " + at.Value + " stands twice in this mapping, and readers disagree on which counts; delete one"
	}
	return s
}

// whole is a scalar that holds a whole reference after a prefix.
func whole(v *yaml.Node, prefix string) spot {
	return spot{at: v, prefix: prefix, names: split(strings.TrimPrefix(strings.TrimSpace(resolve(v).Value), prefix))}
}
