// SPDX-License-Identifier: Apache-2.0

package manifest

import "go.yaml.in/yaml/v3"

// held is the value of a key, and the mapping that writes it: the one that was
// asked, or one that `<<` merges into it.
type held struct {
	// at is nil when there is no such key; it may be an alias.
	at, in *yaml.Node
}

// key is the key under which the mapping writes the value.
func (h held) key() string {
	if h.in != nil {
		for i := 1; i < len(h.in.Content); i += 2 {
			if h.in.Content[i] == h.at {
				return resolve(h.in.Content[i-1]).Value
			}
		}
	}
	return ""
}

// lookup finds the value that a mapping has for a key. Its own wins over what is
// merged in; of several sources, the first that has the key,
// https://yaml.org/type/merge.html.
func lookup(m *yaml.Node, key string) held {
	if v := own(m, key); v != nil {
		return held{v, m}
	}
	if len(merged(m)) == 0 {
		return held{}
	}
	return lookupUnseen(m, key, map[*yaml.Node]bool{})
}

// lookupUnseen looks at each mapping once, for anchors can go round in a circle.
func lookupUnseen(m *yaml.Node, key string, seen map[*yaml.Node]bool) held {
	if v := own(m, key); v != nil {
		return held{v, m}
	}
	seen[m] = true
	for _, source := range merged(m) {
		if seen[source] {
			continue
		}
		if h := lookupUnseen(source, key, seen); h.at != nil {
			return h
		}
	}
	return held{}
}

// merged lists what `<<` names: a mapping, or several.
func merged(m *yaml.Node) []*yaml.Node {
	if m.Kind != yaml.MappingNode {
		return nil
	}
	var sources []*yaml.Node
	for i := 0; i+1 < len(m.Content); i += 2 {
		if !isMerge(m.Content[i]) {
			continue
		}
		from := resolve(m.Content[i+1])
		if from.Kind != yaml.SequenceNode {
			sources = append(sources, from)
			continue
		}
		for _, c := range from.Content {
			sources = append(sources, resolve(c))
		}
	}
	return sources
}

// isMerge tells whether a key is `<<`; in quotes it is a key like any other.
func isMerge(key *yaml.Node) bool { return key.Value == "<<" && key.ShortTag() == "!!merge" }
