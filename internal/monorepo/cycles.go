// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"slices"
	"strings"
)

// Cycle is a set of services each of which depends on all others.
type Cycle struct {
	// Services are by name.
	Services []string `json:"services"`
	// Edges lead from the first service on a shortest way back to it.
	Edges []Edge `json:"edges"`
}

func (c Cycle) String() string {
	words := make([]string, 0, len(c.Edges))
	for _, e := range c.Edges {
		words = append(words, e.String())
	}
	return strings.Join(words, ", ")
}

// Cycles lists the services that depend on themselves by way of others, or
// directly; each service is in one cycle at most.
func (g *Graph) Cycles() []Cycle {
	t := &tarjan{graph: g, order: map[string]int{}, low: map[string]int{}, open: map[string]bool{}}
	for _, s := range g.Services.All {
		if _, ok := t.order[s.Name]; !ok {
			t.visit(s.Name)
		}
	}
	var cycles []Cycle
	for _, members := range t.found {
		slices.Sort(members)
		if way := g.wayBack(members); way != nil {
			cycles = append(cycles, Cycle{members, way})
		}
	}
	slices.SortFunc(cycles, func(a, b Cycle) int { return strings.Compare(a.Services[0], b.Services[0]) })
	return cycles
}

// tarjan finds the strongly connected components of a graph, without recursion,
// for a chain of services may be long.
type tarjan struct {
	graph *Graph
	// order is when a service was first seen, low the earliest that it leads back to.
	order, low map[string]int
	open       map[string]bool
	stack      []string
	found      [][]string
}

// frame is a service whose edges are being followed.
type frame struct {
	name string
	next int
}

func (t *tarjan) visit(name string) {
	for todo := []frame{t.enter(name)}; len(todo) > 0; {
		top := &todo[len(todo)-1]
		edges := t.graph.Edges[top.name]
		if top.next < len(edges) {
			to := edges[top.next].To
			top.next++
			if _, seen := t.order[to]; !seen {
				todo = append(todo, t.enter(to))
			} else if t.open[to] {
				t.low[top.name] = min(t.low[top.name], t.order[to])
			}
			continue
		}
		done := top.name
		todo = todo[:len(todo)-1]
		if len(todo) > 0 {
			above := todo[len(todo)-1].name
			t.low[above] = min(t.low[above], t.low[done])
		}
		t.leave(done)
	}
}

func (t *tarjan) enter(name string) frame {
	n := len(t.order)
	t.order[name], t.low[name] = n, n
	t.open[name] = true
	t.stack = append(t.stack, name)
	return frame{name: name}
}

// leave closes the component that a service is the first of.
func (t *tarjan) leave(name string) {
	if t.low[name] != t.order[name] {
		return
	}
	at := len(t.stack) - 1
	for t.stack[at] != name {
		at--
	}
	for _, member := range t.stack[at:] {
		delete(t.open, member)
	}
	t.found = append(t.found, slices.Clone(t.stack[at:]))
	t.stack = t.stack[:at]
}

// wayBack is a shortest way from the first of some services to itself among
// them; nil for none.
func (g *Graph) wayBack(members []string) []Edge {
	among := map[string]bool{}
	for _, name := range members {
		among[name] = true
	}
	first := members[0]
	came := map[string][]Edge{first: nil}
	for todo := []string{first}; len(todo) > 0; todo = todo[1:] {
		for _, e := range g.Edges[todo[0]] {
			way := slices.Concat(came[todo[0]], []Edge{e})
			if e.To == first {
				return way
			}
			if _, seen := came[e.To]; !seen && among[e.To] {
				came[e.To] = way
				todo = append(todo, e.To)
			}
		}
	}
	return nil
}

// Dependents is a service and all that depend on it, each once, cycles allowed.
func (g *Graph) Dependents(name string) []Service {
	needed := map[string][]string{}
	for _, s := range g.Services.All {
		for _, e := range g.Edges[s.Name] {
			needed[e.To] = append(needed[e.To], s.Name)
		}
	}
	var all []Service
	seen := map[string]bool{}
	for todo := []string{name}; len(todo) > 0; todo = todo[1:] {
		s, ok := g.Services.Get(todo[0])
		if !ok || seen[s.Name] {
			continue
		}
		seen[s.Name] = true
		all = append(all, s)
		todo = append(todo, needed[s.Name]...)
	}
	return all
}
