// SPDX-License-Identifier: Apache-2.0

package draw

import (
	"fmt"
	"strings"
)

// MaxEdges and MaxText are the arrows and the characters that Mermaid draws
// unless it is configured otherwise (maxEdges and maxTextSize in
// https://mermaid.js.org/config/schema-docs/config.html).
const (
	MaxEdges = 500
	MaxText  = 50_000
)

// Mermaid writes the drawing as a flowchart.
func (d *Drawing) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for i, n := range d.Nodes {
		b.WriteString(n.mermaid(i))
	}
	for _, a := range d.Arrows {
		b.WriteString(a.mermaid())
	}
	b.WriteString(d.marks())
	return b.String()
}

func (n Node) mermaid(i int) string {
	if n.File {
		return fmt.Sprintf("  n%d([\"%s\"])\n", i, mermaidText(n.Label))
	}
	return fmt.Sprintf("  n%d[\"%s\"]\n", i, mermaidText(n.Label))
}

func (a Arrow) mermaid() string {
	return fmt.Sprintf("  n%d -->|\"%s\"| n%d\n", a.From, mermaidText(a.label()), a.To)
}

// marks makes marked nodes stand out.
func (d *Drawing) marks() string {
	var marked []string
	for i, n := range d.Nodes {
		if n.Marked {
			marked = append(marked, fmt.Sprintf("n%d", i))
		}
	}
	if marked == nil {
		return ""
	}
	return "  classDef marked stroke-width:3px\n  class " + strings.Join(marked, ",") + " marked\n"
}

// mermaidText writes a label's text: what could mean something to Mermaid, or to
// the HTML that it makes, is written by its number
// (https://mermaid.js.org/syntax/flowchart.html, "Entity codes to escape
// characters"). Labels are taken for Markdown, where a digit or a dash may begin a list.
func mermaidText(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r > 0x7f, i > 0 && (r >= '0' && r <= '9' || strings.ContainsRune(" /.-,", r)):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}

// Bounded is the part of the drawing that Mermaid draws by default and that
// stays within so many bytes: the first arrows, and the nodes that they join.
// Left counts the arrows and nodes that are left out.
func (d *Drawing) Bounded(bytes int) (part *Drawing, arrows, nodes int) {
	part = &Drawing{}
	bytes = min(bytes, MaxText) - 200 // for the first line and the classes
	at := map[int]int{}
	add := func(i int) int {
		if _, ok := at[i]; !ok {
			at[i] = len(part.Nodes)
			part.Nodes = append(part.Nodes, d.Nodes[i])
		}
		return at[i]
	}
	cost := func(i int) int {
		if _, ok := at[i]; ok {
			return 0
		}
		return len(d.Nodes[i].mermaid(i)) + len(fmt.Sprintf("n%d,", i))
	}
	for _, a := range d.Arrows {
		n := len(a.mermaid()) + cost(a.From) + cost(a.To)
		if len(part.Arrows) == MaxEdges || n > bytes {
			arrows++
			continue
		}
		bytes -= n
		a.From, a.To = add(a.From), add(a.To)
		part.Arrows = append(part.Arrows, a)
	}
	for i := range d.Nodes {
		if n := cost(i); n > bytes {
			nodes++
		} else {
			bytes -= n
			add(i)
		}
	}
	return part, arrows, nodes
}
