// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"path"
	"slices"
)

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
	causes := map[string]Cause{}
	reach := g.reach()
	global := ""
	for _, file := range changed {
		if global == "" && g.IsGlobal(file) {
			global = file
		}
		for _, s := range reach.of(file) {
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
	g.spread(causes)
	return causes
}

// reach finds the services that a file might affect without asking each.
type reach struct {
	byRoot map[string][]Service
	others []Service
}

func (g *Graph) reach() reach {
	r := reach{byRoot: map[string][]Service{}}
	for _, s := range g.Services.All {
		patterns := len(s.Inputs) > 0
		for _, in := range g.Inputs[s.Name] {
			patterns = patterns || in.Pattern != nil
			r.byRoot[in.Root] = append(r.byRoot[in.Root], s)
		}
		if patterns {
			r.others = append(r.others, s)
		}
	}
	return r
}

func (r reach) of(file string) []Service {
	found := slices.Clone(r.others)
	for dir := file; ; dir = path.Dir(dir) {
		found = append(found, r.byRoot[dir]...)
		if dir == "." {
			return found
		}
	}
}

// spread walks the edges backwards, breadth first, so that each service gets a
// shortest way to a cause.
func (g *Graph) spread(causes map[string]Cause) {
	dependents := map[string][]Edge{}
	var todo []string
	for _, s := range g.Services.All {
		for _, e := range g.Edges[s.Name] {
			dependents[e.To] = append(dependents[e.To], e)
		}
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
			next.Via = slices.Concat([]Edge{e}, cause.Via)
			causes[e.From] = next
			todo = append(todo, e.From)
		}
	}
}
