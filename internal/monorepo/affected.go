// SPDX-License-Identifier: Apache-2.0

package monorepo

import "slices"

// Cause says why a service is affected.
type Cause struct {
	// Path is the changed file; empty where no file is to blame.
	Path string
	// Input is what made the file matter.
	Input Input
	// Note says it in words where there is no Input.
	Note string
	// Via are the edges from the service to the one that the file belongs to.
	Via []Edge
}

// Affected tells which services a set of changed files affects, and why: the
// first file that does is named. Given are services that are affected for other
// reasons; what depends on them is affected too.
func (g *Graph) Affected(changed []string, given map[string]Cause) map[string]Cause {
	causes := make(map[string]Cause, len(g.Services.All))
	in := g.indexed()
	global := ""
	for _, file := range changed {
		if global == "" && g.IsGlobal(file) {
			global = file
		}
		for _, at := range in.reach.of(file) {
			s := g.Services.All[at]
			if _, ok := causes[s.Name]; ok {
				continue
			}
			if in, ok := g.Touches(s, file); ok {
				causes[s.Name] = Cause{Path: file, Input: in}
			}
		}
	}
	for _, s := range g.Services.All {
		if _, ok := causes[s.Name]; ok {
			continue
		}
		if cause, ok := given[s.Name]; ok {
			causes[s.Name] = cause
		} else if global != "" {
			causes[s.Name] = Cause{Path: global, Note: "it is global"}
		}
	}
	g.spread(causes, in.dependents)
	return causes
}

// spread walks the edges backwards, breadth first, so that each service gets a
// shortest way to a cause.
func (g *Graph) spread(causes map[string]Cause, dependents map[string][]*Edge) {
	todo := make([]string, 0, len(g.Services.All))
	for _, s := range g.Services.All {
		if _, ok := causes[s.Name]; ok {
			todo = append(todo, s.Name)
		}
	}
	for ; len(todo) > 0; todo = todo[1:] {
		cause := causes[todo[0]]
		for _, e := range dependents[todo[0]] {
			if _, ok := causes[e.From]; ok {
				continue
			}
			next := cause
			next.Via = slices.Concat([]Edge{*e}, cause.Via)
			causes[e.From] = next
			todo = append(todo, e.From)
		}
	}
}
