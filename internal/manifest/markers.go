// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A marker is a comment behind a value that says whose image the value names:
// Flux's {"$imagepolicy": "NAMESPACE:NAME[:tag|:name|:digest]"}, in which NAME is the
// service and the namespace does not matter, https://fluxcd.io/flux/guides/image-update/,
// or, shorter, "adze: SERVICE[:tag|:name|:digest]".
var (
	policyMarker = regexp.MustCompile(`\{\s*"\$imagepolicy"\s*:\s*"([^":\s]+):([^":\s]+)(?::(tag|name|digest))?"\s*\}`)
	shortMarker  = regexp.MustCompile(`^#+\s*adze:\s*([^":\s]+)(?::(tag|name|digest))?\s*$`)
)

// mark is a marked value.
type mark struct {
	held
	key string
	// service is whose image the value names.
	service string
	// part is what of it: tag, name, digest, or all when empty.
	part string
	// flaw says why the marker is not understood, empty when it is.
	flaw string
}

// marks are the marked values of a document: in order, and by their node.
type marks struct {
	list []*mark
	at   map[*yaml.Node]*mark
}

// hasMarker tells whether a file may hold a marker.
func hasMarker(src []byte) bool {
	return bytes.Contains(src, []byte("$imagepolicy")) || bytes.Contains(src, []byte("adze:"))
}

// isMarker tells whether a comment is meant as a marker.
func isMarker(comment string) bool {
	return strings.Contains(comment, "$imagepolicy") || strings.HasPrefix(strings.TrimLeft(comment, "# \t"), "adze:")
}

// markers collects the marked values of a document.
func markers(doc *yaml.Node) marks {
	all := marks{at: map[*yaml.Node]*mark{}}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for i, c := range n.Content {
			switch {
			case n.Kind == yaml.MappingNode && i%2 == 0:
				all.add(held{n.Content[i+1], n}, c.Value, c.LineComment)
			case n.Kind == yaml.MappingNode:
				all.add(held{c, n}, n.Content[i-1].Value, c.LineComment)
			default:
				all.add(held{c, nil}, "", c.LineComment)
			}
			walk(c)
		}
	}
	walk(doc)
	return all
}

// add reads a comment that stands behind a value, or behind its key where the
// value begins a line below or is missing.
func (all *marks) add(h held, key, comment string) {
	if !isMarker(comment) {
		return
	}
	m := &mark{held: h, key: key}
	line, _, _ := strings.Cut(comment, "\n")
	switch policy, short := policyMarker.FindAllStringSubmatch(line, -1), shortMarker.FindStringSubmatch(line); {
	case len(policy) == 1:
		m.service, m.part = policy[0][2], policy[0][3]
	case short != nil:
		m.service, m.part = short[1], short[2]
	default:
		m.service = line
		m.flaw = `the marker behind this value is not understood; write {"$imagepolicy": "NAMESPACE:SERVICE"} or adze: SERVICE, with :tag, :name or :digest behind the name where only that part stands here`
	}
	if m.flaw == "" && !isScalar(h.at) {
		m.flaw = "the marker stands behind a group of values; put it behind the one that it means"
	}
	all.list, all.at[h.at] = append(all.list, m), m
}

// of is the marker of a value, or of the one that an alias stands for; nil when
// there is none.
func (all marks) of(v *yaml.Node) *mark {
	if v == nil {
		return nil
	}
	if m := all.at[v]; m != nil {
		return m
	}
	return all.at[resolve(v)]
}

// among tells of the values of a spot whether one is marked for a service, and
// whether one is marked for another.
func (all marks) among(s spot, service string) (mine, theirs *mark) {
	if len(all.list) == 0 {
		return nil, nil
	}
	for _, v := range s.values() {
		switch m := all.of(v); {
		case m == nil:
		case m.flaw != "", m.service != service:
			theirs = m
		default:
			mine = m
		}
	}
	return mine, theirs
}
