// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"fmt"
	"strings"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/tasks/monorepo-change/draw"
)

// GitHub refuses a comment of more than 65,536 characters. They are counted as
// bytes here, of which there are no fewer.
const (
	maxComment = 65_536
	// maxDrawing is how much of it the drawing takes.
	maxDrawing = 20_000
	// maxFrame is how much of it is kept for all but the rows and the drawing.
	maxFrame = 4_000
	// maxWhy is how much of a reason is told, in characters.
	maxWhy = 1_500
	// maxNames is how many services share a row.
	maxNames = 100
)

// markdown writes the answer as a comment for a pull request: a table of
// services and reasons, and a drawing of how what changed reaches them. What
// does not fit is counted, never left out in silence.
func markdown(r *report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", strings.ToUpper(r.total()[:1])+r.total()[1:])
	fmt.Fprintf(&b, "At %s: %s.\n", codeSpan(r.Head), prose(plain.Line(r.Reason, maxWhy)))
	drawing := r.drawn()
	b.WriteString(r.rowsWithin(maxComment - maxFrame - len(b.String()) - len(drawing)))
	b.WriteString(drawing)
	return b.String()
}

// rowsWithin is the table, as far as it fits into so many bytes.
func (r *report) rowsWithin(bytes int) string {
	var b strings.Builder
	left := 0
	for _, row := range split(r.rows()) {
		line := "| " + strings.Join(row.names, " ") + " | " + cell(prose(plain.Line(row.why, maxWhy))) + " |\n"
		if b.Len()+len(line) > bytes {
			left += len(row.names)
			continue
		}
		b.WriteString(line)
	}
	text := ""
	if b.Len() > 0 {
		text = "\n| service | why |\n|---|---|\n" + b.String()
	}
	if left > 0 {
		text += fmt.Sprintf("\n%s more did not fit here; `--output json` names all.\n", plural(left, "service"))
	}
	return text
}

// split makes rows of at most so many names, each a code span.
func split(rows []row) []row {
	var out []row
	for _, r := range rows {
		var names []string
		for _, name := range r.names {
			names = append(names, codeSpan(name))
		}
		for ; len(names) > maxNames; names = names[maxNames:] {
			out = append(out, row{names[:maxNames], r.why})
		}
		out = append(out, row{names, r.why})
	}
	return out
}

// drawn is how what changed reaches the affected services; empty where nothing
// better is known than that all are affected.
func (r *report) drawn() string {
	if r.All || r.graph == nil {
		return ""
	}
	part, arrows, nodes := r.drawing().Bounded(maxDrawing)
	if len(part.Arrows) == 0 {
		return ""
	}
	text := "\n```mermaid\n" + part.Mermaid() + "```\n"
	if arrows+nodes > 0 {
		text += fmt.Sprintf("\nThe drawing leaves out %s and %s; `monorepo-change graph` has all.\n", plural(arrows, "edge"), plural(nodes, "node"))
	}
	return text
}

// drawing has the changed files and the edges that carry them on first, for
// these are left out last.
func (r *report) drawing() *draw.Drawing {
	d := &draw.Drawing{}
	is := map[string]bool{}
	for _, a := range r.Affected {
		is[a.Name] = true
		cause := r.causes[a.Name]
		if len(cause.Via) == 0 {
			d.Service(a.Name, true)
		}
		if cause.Path != "" && len(cause.Via) == 0 {
			d.Arrow(d.Service(a.Name, true), d.File(cause.Path), arrowKind(cause.Input.Kind), "")
		}
	}
	for _, a := range r.Affected {
		for _, e := range a.Via {
			d.Edge(e)
		}
	}
	for _, a := range r.Affected {
		for _, e := range r.graph.Edges[a.Name] {
			if is[e.To] {
				d.Edge(e)
			}
		}
	}
	return d
}

// arrowKind names the arrow to a changed file.
func arrowKind(kind string) string {
	if kind == "" {
		return "changed"
	}
	return kind
}
