// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"path"
	"slices"
)

// index is what makes a graph answer quickly.
type index struct {
	reach reach
	// dependents are the edges to each service.
	dependents map[string][]*Edge
}

// indexed is the index that Scan made, or a new one.
func (g *Graph) indexed() *index {
	if g.index != nil {
		return g.index
	}
	in := &index{reach: reach{}, dependents: make(map[string][]*Edge, len(g.Services.All))}
	for at, s := range g.Services.All {
		for _, input := range g.Inputs[s.Name] {
			in.reach.add(input.folder(), at)
		}
		for _, input := range slices.Concat(g.Gone[s.Name], patternInputs(s)) {
			in.reach.add(input.folder(), at)
		}
		edges := g.Edges[s.Name]
		for i := range edges {
			in.dependents[edges[i].To] = append(in.dependents[edges[i].To], &edges[i])
		}
	}
	return in
}

// reach finds the services that a file might affect without asking each: those
// with an input at or above the file, by their place among all. A pattern counts
// where all its matches lie.
type reach map[string][]int

// add keeps a service once for inputs with the same root.
func (r reach) add(root string, service int) {
	if at := r[root]; len(at) == 0 || at[len(at)-1] != service {
		r[root] = append(at, service)
	}
}

func (r reach) of(file string) []int {
	var found []int
	for dir := file; ; dir = path.Dir(dir) {
		found = append(found, r[dir]...)
		if dir == "." {
			return found
		}
	}
}
