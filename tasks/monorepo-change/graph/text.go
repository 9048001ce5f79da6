// SPDX-License-Identifier: Apache-2.0

package graph

import (
	"fmt"
	"strings"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/tasks/monorepo-change/draw"
)

// text tells of each service what it needs, what needs it, and what it is made of.
func (a *answer) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s at %s\n", count(len(a.Services), "service"), count(len(a.Edges), "edge"), a.Commit)
	needs, needed := map[string][]monorepo.Edge{}, map[string][]monorepo.Edge{}
	for _, e := range a.Edges {
		needs[e.From] = append(needs[e.From], e)
		needed[e.To] = append(needed[e.To], e)
	}
	for _, s := range a.Services {
		b.WriteString("\n" + s.Name + "\n" + draw.Table("  ", rows(s.Inputs, needs[s.Name], needed[s.Name])))
	}
	b.WriteString(a.remarks())
	return b.String()
}

// Describe tells what one service needs, what needs it, and what it is made of:
// rows of a table, each with the file and line that says so.
func Describe(g *monorepo.Graph, s monorepo.Service) [][]string {
	var needed []monorepo.Edge
	for _, other := range g.Services.All {
		for _, e := range g.Edges[other.Name] {
			if e.To == s.Name {
				needed = append(needed, e)
			}
		}
	}
	return rows(inputs(g, s), shown(g.Edges[s.Name]), shown(needed))
}

func rows(made []input, needs, needed []monorepo.Edge) [][]string {
	var all [][]string
	for _, e := range needs {
		all = append(all, []string{"needs", e.To, e.Kind, e.Place.String()})
	}
	for _, e := range needed {
		all = append(all, []string{"needed by", e.From, e.Kind, e.Place.String()})
	}
	for _, in := range made {
		all = append(all, []string{"made of", in.what(), in.how(), in.place()})
	}
	return all
}

// remarks are what is wrong with the graph.
func (a *answer) remarks() string {
	var lines []string
	for _, c := range a.Cycles {
		lines = append(lines, "cycle: "+c.String())
	}
	for _, name := range a.Gone {
		lines = append(lines, "gone: "+name+" is listed, and its Dockerfile is not in the repository")
	}
	for _, f := range a.Faults {
		lines = append(lines, "cannot be understood: "+f.File+": "+f.Message)
	}
	if lines == nil {
		return ""
	}
	return "\n" + strings.Join(lines, "\n") + "\n"
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
