// SPDX-License-Identifier: Apache-2.0

package graph

import (
	"slices"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/tasks/monorepo-change/draw"
)

// answer is the graph as it is written. Paths that are not UTF-8, or hold what
// cannot be seen, are in quotes as git writes them.
type answer struct {
	// Commit is the id of the commit that was read.
	Commit string `json:"commit"`
	// Services are by name.
	Services []service `json:"services"`
	// Edges are by the names of their ends.
	Edges []monorepo.Edge `json:"edges"`
	// Cycles are services that depend on each other.
	Cycles []monorepo.Cycle `json:"cycles"`
	// Gone are listed services whose Dockerfile is not in the repository.
	Gone []string `json:"gone"`
	// Faults are files that cannot be understood; the graph may lack something.
	Faults []fault `json:"faults"`
}

type service struct {
	monorepo.Service
	Inputs []input `json:"inputs"`
}

// input is a folder or file, or a pattern.
type input struct {
	// Kind says what made it an input.
	Kind    string `json:"kind"`
	Root    string `json:"root,omitempty"`
	Pattern string `json:"pattern,omitempty"`
	// Flat tells that only the files directly in Root count.
	Flat bool `json:"flat,omitempty"`
	// Dockerignore tells that a .dockerignore file takes away from it.
	Dockerignore bool `json:"dockerignore,omitempty"`
	// File and Line say so; empty where the kind says all.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

func (in input) what() string {
	switch {
	case in.Pattern != "":
		return in.Pattern
	case in.Flat:
		return in.Root + "/*"
	default:
		return in.Root
	}
}

func (in input) how() string {
	if in.Dockerignore {
		return in.Kind + " less .dockerignore"
	}
	return in.Kind
}

func (in input) place() string { return monorepo.Place{File: in.File, Line: in.Line}.String() }

type fault struct {
	File    string `json:"file"`
	Message string `json:"message"`
}

// newAnswer is the whole graph, or that of one service.
func newAnswer(commit string, g *monorepo.Graph, only string) *answer {
	a := &answer{Commit: commit, Services: []service{}, Edges: []monorepo.Edge{}, Cycles: []monorepo.Cycle{}, Gone: append([]string{}, g.Services.Gone...), Faults: []fault{}}
	in := around(g, only)
	for _, s := range g.Services.All {
		if !in(s.Name) {
			continue
		}
		a.Services = append(a.Services, newService(g, s))
		for _, e := range shown(g.Edges[s.Name]) {
			if in(e.To) {
				a.Edges = append(a.Edges, e)
			}
		}
	}
	for _, c := range g.Cycles() {
		if in(c.Services[0]) {
			c.Edges = shown(c.Edges)
			a.Cycles = append(a.Cycles, c)
		}
	}
	for _, f := range g.Faults {
		a.Faults = append(a.Faults, fault{plain.Path(f.File), f.Err.Error()})
	}
	return a
}

// shown are edges with the paths of their files as they are written.
func shown(edges []monorepo.Edge) []monorepo.Edge {
	out := slices.Clone(edges)
	for i := range out {
		out[i].File = plain.Path(out[i].File)
	}
	return out
}

func newService(g *monorepo.Graph, s monorepo.Service) service {
	all := inputs(g, s)
	s.Path, s.Context, s.Dockerfile = plain.Path(s.Path), plain.Path(s.Context), plain.Path(s.Dockerfile)
	return service{s, all}
}

// around tells which services a service needs or is needed by; all, where none
// is named.
func around(g *monorepo.Graph, only string) func(name string) bool {
	if only == "" {
		return func(string) bool { return true }
	}
	in := map[string]bool{}
	for _, s := range slices.Concat(g.Closure(only), g.Dependents(only)) {
		in[s.Name] = true
	}
	return func(name string) bool { return in[name] }
}

// inputs are those that were found, then those that adze.yaml adds or takes away.
func inputs(g *monorepo.Graph, s monorepo.Service) []input {
	var all []input
	for _, in := range g.Inputs[s.Name] {
		out := input{Kind: in.Kind, Root: plain.Path(in.Root), Flat: in.Flat, Dockerignore: in.Except != nil}
		if in.Pattern != nil {
			out.Root, out.Pattern = "", plain.Path(in.Pattern.Text)
		}
		if in.Place.File != in.Root {
			out.File, out.Line = plain.Path(in.Place.File), in.Place.Line
		}
		all = append(all, out)
	}
	for _, p := range s.Inputs {
		all = append(all, input{Kind: "inputs", Pattern: plain.Path(p.Text), File: g.Config.File, Line: p.Line})
	}
	return all
}

// drawing marks the service that was asked for.
func (a *answer) drawing(only string) *draw.Drawing {
	d := &draw.Drawing{}
	for _, s := range a.Services {
		d.Service(s.Name, s.Name == only)
	}
	for _, e := range a.Edges {
		d.Edge(e)
	}
	return d
}
