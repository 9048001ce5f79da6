// SPDX-License-Identifier: Apache-2.0

package manifest

import "go.yaml.in/yaml/v3"

// isEmpty tells whether nothing at all stands for a value.
func isEmpty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 && n.Anchor == "" && n.ShortTag() == "!!null"
}

// fill puts a value where there is none, behind its key's colon.
func fill(src []byte, at int, t target) (Change, bool) {
	if !isEmpty(t.node) || at > len(src) {
		return Change{}, false
	}
	for at > 0 && (src[at-1] == ' ' || src[at-1] == '\t') {
		at--
	}
	if at == 0 || src[at-1] != ':' {
		return Change{}, false
	}
	text := t.want
	if ambiguous(text) {
		text = `"` + text + `"`
	}
	return Change{Place: t.described(), Start: at, End: at, Text: " " + text}, true
}

// comeBack moves the comments of filled values to their keys, where the parser
// has the comment behind a value that is empty.
func comeBack(before, after *yaml.Node, wants map[*yaml.Node]string) {
	if before.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(before.Content); i += 2 {
		key, value := after.Content[i], after.Content[i+1]
		_, filled := wants[before.Content[i+1]]
		if filled && isEmpty(before.Content[i+1]) && key.LineComment == "" {
			key.LineComment, value.LineComment = value.LineComment, ""
		}
	}
}
