// SPDX-License-Identifier: Apache-2.0

package draw

import (
	"fmt"
	"strings"
)

// DOT writes the drawing in Graphviz's language.
func (d *Drawing) DOT() string {
	var b strings.Builder
	b.WriteString("digraph services {\n  rankdir=LR\n  node [shape=box]\n")
	for i, n := range d.Nodes {
		fmt.Fprintf(&b, "  n%d [label=%s", i, dotText(n.Label))
		if n.File {
			b.WriteString(" shape=note")
		}
		if n.Marked {
			b.WriteString(" style=bold")
		}
		b.WriteString("]\n")
	}
	for _, a := range d.Arrows {
		fmt.Fprintf(&b, "  n%d -> n%d [label=%s tooltip=%s]\n", a.From, a.To, dotText(a.label()), dotText(strings.Join(a.Places, ", ")))
	}
	b.WriteString("}\n")
	return b.String()
}

// dotText writes a quoted string. A backslash begins an escape in labels, so it
// is doubled.
func dotText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ").Replace(s) + `"`
}
