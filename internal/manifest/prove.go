// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// prove parses the edited file and holds it against the original: the targets
// have their new values, and nothing else differs, comments included. There is
// one target at least.
func prove(file string, before []*yaml.Node, targets []target, edited []byte) error {
	after, err := parse(file, edited)
	if err != nil {
		return refuse(file, targets[0].node, "the file could not be parsed after the edit; it was left as it is")
	}
	wants := make(map[*yaml.Node]string, len(targets))
	for _, t := range targets {
		wants[t.node] = t.want
	}
	if len(before) != len(after) {
		return refuse(file, targets[0].node, "an edit would change the number of documents")
	}
	for i := range before {
		if at := differs(before[i], after[i], wants); at != nil {
			return refuse(file, at, "an edit would change more than the image")
		}
	}
	return nil
}

// differs is the first node that is not as it should be, nil when all are.
func differs(a, b *yaml.Node, wants map[*yaml.Node]string) *yaml.Node {
	if a.Kind != b.Kind || len(a.Content) != len(b.Content) || a.Anchor != b.Anchor || !sameComments(a, b) {
		return a
	}
	want, isTarget := wants[a]
	switch {
	case isTarget && (strings.TrimSpace(b.Value) != want || b.ShortTag() != "!!str"):
		return a
	case !isTarget && (a.Value != b.Value || a.ShortTag() != b.ShortTag() || a.Style != b.Style):
		return a
	}
	comeBack(a, b, wants)
	for i := range a.Content {
		if at := differs(a.Content[i], b.Content[i], wants); at != nil {
			return at
		}
	}
	return nil
}

func sameComments(a, b *yaml.Node) bool {
	return a.HeadComment == b.HeadComment && a.LineComment == b.LineComment && a.FootComment == b.FootComment
}
