// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// site is a place at which an anchored node, or one that is merged, counts: its
// own, or an alias.
type site struct {
	at *yaml.Node
	// into is the mapping that `<<` merges it into; nil where it stands as a value.
	into *yaml.Node
	// holder says that a key above only holds values for aliases: by
	// convention those begin with "x-" or a dot.
	holder bool
}

// edit is a value that will be set.
type edit struct {
	held
	key  string
	spot spot
}

// uses knows every place that shares an anchor's value, so that an edit of one
// never changes another that was not meant.
type uses struct {
	sites  map[*yaml.Node][]site
	meant  map[*yaml.Node]bool // places that name the image
	edited []edit
}

func newUses(doc *yaml.Node) *uses {
	u := &uses{sites: map[*yaml.Node][]site{}, meant: map[*yaml.Node]bool{}}
	u.collect(doc, nil, false)
	return u
}

func (u *uses) collect(n, into *yaml.Node, holder bool) {
	if n.Kind == yaml.AliasNode {
		u.sites[n.Alias] = append(u.sites[n.Alias], site{n, into, holder})
		return
	}
	if n.Anchor != "" || into != nil {
		u.sites[n] = append(u.sites[n], site{n, into, holder})
	}
	for i, c := range n.Content {
		switch {
		case n.Kind == yaml.MappingNode && i%2 == 1:
			u.collectValue(n, n.Content[i-1], c, holder)
		case n.Kind == yaml.MappingNode: // a key is never there for aliases only
			u.collect(c, nil, false)
		case n.Kind == yaml.SequenceNode:
			u.collect(c, into, holder)
		default:
			u.collect(c, nil, holder)
		}
	}
}

func (u *uses) collectValue(m, key, v *yaml.Node, holder bool) {
	holder = holder || strings.HasPrefix(key.Value, "x-") || strings.HasPrefix(key.Value, ".")
	if isMerge(key) {
		u.collect(v, m, holder)
		return
	}
	u.collect(v, nil, holder)
}

// hit says that a place names the image.
func (u *uses) hit(place *yaml.Node) { u.meant[place] = true }

// edits says that a value will be set.
func (u *uses) edits(e edit) { u.edited = append(u.edited, e) }

// check refuses when an edited value also serves a place that does not name the image.
func (u *uses) check(file string) error {
	for _, e := range u.edited {
		n := resolve(e.at)
		if at := u.strayValue(n); at != nil {
			return refuse(file, at, "%s", shared(n, at, e))
		}
		// What stands under `image` means the image wherever it is merged.
		if e.in == nil || e.key == "image" {
			continue
		}
		if at := u.strayPart(e, e.in, map[*yaml.Node]bool{}); at != nil {
			return refuse(file, at, "%s", shared(e.in, at, e))
		}
	}
	return nil
}

// strayValue is a place that shares a scalar and is not meant, nil when there is none.
func (u *uses) strayValue(n *yaml.Node) *yaml.Node {
	for _, s := range u.sites[n] {
		if !u.meant[s.at] && (s.at != n || !s.holder) {
			return s.at
		}
	}
	return nil
}

// strayPart is a place that shares a mapping with an edited part and takes the part
// from it for something else, nil when there is none.
func (u *uses) strayPart(e edit, m *yaml.Node, seen map[*yaml.Node]bool) *yaml.Node {
	if seen[m] {
		return nil
	}
	seen[m] = true
	means := u.meant[m] || e.spot.alike(m)
	if len(u.sites[m]) == 0 && !means {
		return m
	}
	for _, s := range u.sites[m] {
		switch {
		case s.into != nil:
			if lookup(s.into, e.key).at != e.at {
				continue // it has a value of its own
			}
			if at := u.strayPart(e, s.into, seen); at != nil {
				return at
			}
		case means, u.meant[s.at], s.at == m && s.holder:
		default:
			return s.at
		}
	}
	return nil
}

// shared says what is wrong where a value serves another place too.
func shared(n, at *yaml.Node, e edit) string {
	named := fmt.Sprintf("the value at line %d", n.Line)
	if n.Anchor != "" {
		named = fmt.Sprintf("the value anchored as &%s at line %d", n.Anchor, n.Line)
	}
	if at == n {
		return named + " serves an image and stands here for something else too; if it only stands here to be shared, begin its key with x-, else give the image a value of its own"
	}
	return named + " is used here for something else than " + e.spot.names.Repository + "; give one of them a value of its own"
}
