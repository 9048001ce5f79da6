// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/step"
)

// print writes the answer to stdout.
func (o *options) print(w io.Writer, rep *report) error {
	switch {
	case o.explain != "":
		return explain(w, rep, o.explain)
	case o.output == "json":
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		out := *rep
		out.Affected = append([]affected{}, rep.Affected...)
		out.Removed = append([]string{}, rep.Removed...)
		return enc.Encode(out)
	}
	return table(w, rep)
}

func table(w io.Writer, rep *report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	lines := []string{fmt.Sprintf("%d affected: %s", rep.Count, rep.Reason)}
	for _, a := range rep.Affected {
		lines = append(lines, fmt.Sprintf("  %s\t%s", a.Name, why(a)))
	}
	for _, name := range rep.Removed {
		lines = append(lines, fmt.Sprintf("  %s\tremoved", name))
	}
	if _, err := io.WriteString(t, strings.Join(lines, "\n")+"\n"); err != nil {
		return err
	}
	return t.Flush()
}

// why is one line: the file, what made it matter, the edges.
func why(a affected) string {
	words := a.Because
	if a.Path != "" {
		words = a.Path + " changed; " + a.Because
	}
	for _, e := range a.Via {
		words += "; edge " + e.String()
	}
	return words
}

// explain tells all about one service.
func explain(w io.Writer, rep *report, name string) error {
	if rep.graph == nil {
		_, err := fmt.Fprintf(w, "%s is not affected: %s\n", name, rep.Reason)
		return err
	}
	s, ok := rep.graph.Services.Get(name)
	if !ok && !slices.Contains(rep.Removed, name) {
		return step.Misuse("%s has no service %q", rep.Head, name)
	}
	var b strings.Builder
	i := slices.IndexFunc(rep.Affected, func(a affected) bool { return a.Name == name })
	switch {
	case !ok:
		b.WriteString(name + " was removed: " + rep.Reason + "\n")
	case i < 0:
		b.WriteString(name + " is not affected: " + rep.Reason + "\n")
	default:
		b.WriteString(name + " is affected: " + why(rep.Affected[i]) + "\n")
	}
	if ok {
		b.WriteString(madeOf(rep.graph, s))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// madeOf lists a service's inputs and edges, with their places.
func madeOf(g *monorepo.Graph, s monorepo.Service) string {
	var b strings.Builder
	for _, in := range g.Inputs[s.Name] {
		what := in.Root
		if in.Pattern != nil {
			what = in.Pattern.Text
		}
		line := fmt.Sprintf("  input %s (%s", readable(what), in.Kind)
		if in.Place.Line > 0 {
			line += ", " + in.Place.String()
		}
		b.WriteString(line + ")\n")
	}
	for _, p := range s.Inputs {
		b.WriteString("  input " + p.Text + " (inputs, " + monorepo.Place{File: g.Config.File, Line: s.Lines["inputs"]}.String() + ")\n")
	}
	for _, e := range g.Edges[s.Name] {
		b.WriteString("  edge " + e.String() + " (" + e.Kind + ")\n")
	}
	return b.String()
}

// readable writes a path as git does: plain where it can be, else in quotes,
// with control characters and what is not UTF-8 escaped in octal.
func readable(path string) string {
	if utf8.ValidString(path) && !strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f || r == '"' || r == '\\' }) {
		return path
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(path) {
		switch c := path[i]; {
		case c == '"' || c == '\\':
			b.WriteString("\\" + string(c))
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
