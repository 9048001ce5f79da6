// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// uses knows every place that shares an anchor's value, so that an edit of one
// never changes another that was not meant.
type uses struct {
	places map[*yaml.Node][]*yaml.Node // anchored node → the places of its value
	meant  map[*yaml.Node]bool         // places that name the image
	edited []*yaml.Node
}

func newUses(doc *yaml.Node) *uses {
	u := &uses{places: map[*yaml.Node][]*yaml.Node{}, meant: map[*yaml.Node]bool{}}
	u.collect(doc, false)
	return u
}

// collect notes aliases, and anchors except under keys that only hold values
// for aliases: by convention those begin with "x-" or a dot.
func (u *uses) collect(n *yaml.Node, holder bool) {
	if n.Kind == yaml.AliasNode {
		u.places[n.Alias] = append(u.places[n.Alias], n)
		return
	}
	if n.Anchor != "" && !holder {
		u.places[n] = append(u.places[n], n)
	}
	for i, c := range n.Content {
		inner := holder
		if n.Kind == yaml.MappingNode && i%2 == 1 {
			key := n.Content[i-1].Value
			inner = holder || strings.HasPrefix(key, "x-") || strings.HasPrefix(key, ".")
		}
		u.collect(c, inner)
	}
}

// hit says that a place names the image.
func (u *uses) hit(place *yaml.Node) { u.meant[place] = true }

// edits says that a node will be edited.
func (u *uses) edits(n *yaml.Node) { u.edited = append(u.edited, n) }

// check refuses when an edited anchor serves a place that does not name the image.
func (u *uses) check(file string) error {
	for _, n := range u.edited {
		if n.Anchor == "" {
			continue
		}
		for _, place := range u.places[n] {
			if !u.meant[place] {
				return refuse(file, place, "the value anchored as &%s at line %d is used here for something else than an image; give one of them a value of its own", n.Anchor, n.Line)
			}
		}
	}
	return nil
}
