// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// value is the value of a mapping's key, nil when there is none.
func value(m *yaml.Node, key string) *yaml.Node {
	if m.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return m.Content[i+1]
		}
	}
	return nil
}

// text is the text of a mapping's scalar, its own or merged into it, empty
// when there is none.
func text(m *yaml.Node, key string) string {
	v := value(m, key)
	if v == nil {
		return merged(m, key)
	}
	if resolve(v).Kind != yaml.ScalarNode || resolve(v).ShortTag() == "!!null" {
		return ""
	}
	return strings.TrimSpace(resolve(v).Value)
}

// merged looks a key up in what `<<` names: a mapping, or a list in which the first wins.
func merged(m *yaml.Node, key string) string {
	from := value(m, "<<")
	if from == nil {
		return ""
	}
	sources := []*yaml.Node{resolve(from)}
	if sources[0].Kind == yaml.SequenceNode {
		sources = sources[0].Content
	}
	for _, s := range sources {
		if v := value(resolve(s), key); v != nil && resolve(v).Kind == yaml.ScalarNode {
			return strings.TrimSpace(resolve(v).Value)
		}
	}
	return ""
}

func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
