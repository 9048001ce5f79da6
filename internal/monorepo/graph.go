// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Place is a line of a file; line 0 stands for the whole file, and the zero
// Place for no file at all.
type Place struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
}

func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Input is a folder, file or pattern that a service is made of.
type Input struct {
	// Root is the folder or file; empty where Pattern says it.
	Root string
	// Pattern matches paths from the repository's root.
	Pattern *Pattern
	// Flat tells that of a folder only the files directly in it are meant.
	Flat bool
	// Except takes paths away again; nil for none.
	Except Matcher
	// Kind is "folder", "dockerfile", "copy", "replace", "module", "import",
	// "node", "link" or "inputs".
	Kind string
	// Place is where it is declared.
	Place Place
}

// Matcher is a set of paths from the repository's root.
type Matcher interface{ Has(path string) bool }

func (in Input) match(file string) bool {
	return in.covers(file) && (in.Except == nil || !in.Except.Has(file))
}

// folder is what all of an input lies in.
func (in Input) folder() string {
	if in.Pattern != nil {
		return fixedPart(in.Pattern.Text)
	}
	return in.Root
}

func (in Input) covers(file string) bool {
	if in.Pattern != nil {
		return in.Pattern.Match(file)
	}
	rest, ok := within(in.Root, file)
	return ok && (!in.Flat || !strings.Contains(rest, "/"))
}

// Edge says that a service is affected by all that affects another.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Kind is "dependsOn", "replace", "work", "import", "from" or "node".
	Kind string `json:"kind"`
	Place
}

func (e Edge) String() string { return fmt.Sprintf("%s→%s from %s", e.From, e.To, e.Place) }

// Fault is a file that could not be read for what it says of dependencies.
type Fault struct {
	File string
	Err  error
}

func (f Fault) Error() string { return fmt.Sprintf("%s: %v", f.File, f.Err) }

// Graph is what the services of one commit are made of.
type Graph struct {
	Config   *Config
	Services Services
	// Inputs are each service's own, in the order in which they are to be told.
	Inputs map[string][]Input
	// Gone are inputs of which nothing is there: where a file that went decided
	// what the service is made of, as a lock file does.
	Gone map[string][]Input
	// Edges are each service's dependencies.
	Edges map[string][]Edge
	// Faults are unreadable files: the graph may lack inputs and edges.
	Faults []Fault

	index *index
}

// IsInput tells whether a file is an input of a service itself, its
// dependencies left aside, and which one. Ignore has no say in it.
func (g *Graph) IsInput(s Service, file string) (Input, bool) {
	if p := s.Inputs.Match(file); p != nil {
		return Input{Pattern: p, Kind: "inputs", Place: Place{g.Config.File, p.Line}}, !p.Not
	}
	for _, all := range [][]Input{g.Inputs[s.Name], g.Gone[s.Name]} {
		for _, in := range all {
			if in.match(file) {
				return in, true
			}
		}
	}
	return Input{}, false
}

// Owners names the services that a file is an input of by itself, their
// dependencies left aside, in their order.
func (g *Graph) Owners(file string) []string {
	var names []string
	for _, at := range g.indexed().reach.of(file) {
		s := g.Services.All[at]
		if _, ok := g.IsInput(s, file); ok && !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Touches tells whether a change of a file affects a service by an input of its
// own: the service's inputs have the last word, then ignore.
func (g *Graph) Touches(s Service, file string) (Input, bool) {
	if s.Inputs.Match(file) == nil && g.Config.Ignore.Has(file) {
		return Input{}, false
	}
	return g.IsInput(s, file)
}

// IsGlobal tells whether a change of a file affects every service.
func (g *Graph) IsGlobal(file string) bool {
	return g.Config.Global.Has(file) && !g.Config.Ignore.Has(file)
}

// Closure is some services and all that they depend on, each once, cycles allowed.
func (g *Graph) Closure(names ...string) []Service {
	var all []Service
	seen := map[string]bool{}
	for todo := slices.Clone(names); len(todo) > 0; todo = todo[1:] {
		s, ok := g.Services.Get(todo[0])
		if !ok || seen[s.Name] {
			continue
		}
		seen[s.Name] = true
		all = append(all, s)
		for _, e := range g.Edges[s.Name] {
			todo = append(todo, e.To)
		}
	}
	return all
}

// Roots are the folders and files that hold all inputs of some services, whole
// and, for Go packages, flat: of those only the files directly in them. A pattern
// counts by the folder above its first wildcard.
func (g *Graph) Roots(services []Service) (whole, flat []string) {
	for _, s := range services {
		for _, in := range slices.Concat(g.Inputs[s.Name], patternInputs(s)) {
			if in.Flat {
				flat = append(flat, in.Root)
			} else {
				whole = append(whole, in.folder())
			}
		}
	}
	slices.Sort(whole)
	slices.Sort(flat)
	return slices.Compact(whole), slices.Compact(flat)
}

// fixedPart is the folder that all matches of a pattern lie in.
func fixedPart(text string) string {
	text = strings.TrimRight(text, " ")
	if !strings.Contains(strings.TrimSuffix(text, "/"), "/") {
		return "."
	}
	text = strings.TrimPrefix(text, "/")
	if i := strings.IndexAny(text, `*?[\`); i >= 0 {
		return path.Dir(text[:i] + "x")
	}
	return path.Clean(text)
}
