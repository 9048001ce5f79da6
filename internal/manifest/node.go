// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// own is the value that a mapping itself writes for a key, nil when there is none.
func own(m *yaml.Node, key string) *yaml.Node {
	if m.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if isKey(m.Content[i], key) {
			return m.Content[i+1]
		}
	}
	return nil
}

// isKey tells whether a node, which may be an alias, is a certain key.
func isKey(n *yaml.Node, key string) bool {
	n = resolve(n)
	return n.Kind == yaml.ScalarNode && n.Value == key
}

// twice is the second of two keys that are the same and among the wanted, nil
// when there is none. Some readers take the first, some the last, some neither.
func twice(m *yaml.Node, keys ...string) *yaml.Node {
	if m.Kind != yaml.MappingNode {
		return nil
	}
	for _, key := range keys {
		seen := false
		for i := 0; i+1 < len(m.Content); i += 2 {
			if !isKey(m.Content[i], key) {
				continue
			}
			if seen {
				return m.Content[i]
			}
			seen = true
		}
	}
	return nil
}

// repeated lists what a mapping's scalars say after the first of the same key.
func repeated(m *yaml.Node, key string) []string {
	var all []string
	for i := 0; m.Kind == yaml.MappingNode && i+1 < len(m.Content); i += 2 {
		if isKey(m.Content[i], key) {
			all = append(all, strings.TrimSpace(resolve(m.Content[i+1]).Value))
		}
	}
	if len(all) < 2 {
		return nil
	}
	return all[1:]
}

// text is the text of a mapping's scalar, its own or merged into it, empty
// when there is none.
func text(m *yaml.Node, key string) string {
	v := lookup(m, key).at
	if v == nil || !isScalar(v) || resolve(v).ShortTag() == "!!null" {
		return ""
	}
	return strings.TrimSpace(resolve(v).Value)
}

func isScalar(v *yaml.Node) bool { return resolve(v).Kind == yaml.ScalarNode }

func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
