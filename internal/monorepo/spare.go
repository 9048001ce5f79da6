// SPDX-License-Identifier: Apache-2.0

package monorepo

import "fmt"

// Spare is what keeps the change of a file from affecting a service.
type Spare struct {
	// By is "ignore" or "inputs", as in adze.yaml, or ".dockerignore".
	By string
	// Pattern is the pattern that takes the file away; empty for a .dockerignore.
	Pattern string
	// Place is where the pattern stands, or the COPY that leaves the file out.
	Place Place
}

func (s Spare) String() string {
	if s.Pattern == "" {
		return fmt.Sprintf("%s leaves it out of what %s copies", s.By, s.Place)
	}
	return fmt.Sprintf("%s at %s takes it away (%s)", s.By, s.Place, s.Pattern)
}

// Spared tells what keeps the change of a file from affecting a service by an
// input of its own, though without that it would. There is false where the
// change does affect it, and where the file has nothing to do with it.
func (g *Graph) Spared(s Service, file string) (by Spare, there bool) {
	if own := s.Inputs.Match(file); own != nil {
		return g.spare("inputs", own), own.Not && g.derived(s, file)
	}
	if p := g.Config.Ignore.Match(file); p != nil && !p.Not {
		_, is := g.IsInput(s, file)
		return g.spare("ignore", p), is || g.Config.Global.Has(file)
	}
	if _, is := g.IsInput(s, file); is {
		return Spare{}, false
	}
	for _, in := range g.Inputs[s.Name] {
		if in.covers(file) {
			return Spare{By: ".dockerignore", Place: in.Place}, true
		}
	}
	return Spare{}, false
}

func (g *Graph) spare(by string, p *Pattern) Spare {
	return Spare{by, p.Text, Place{g.Config.File, p.Line}}
}

// derived tells whether a file is an input before adze.yaml's inputs have their say.
func (g *Graph) derived(s Service, file string) bool {
	s.Inputs = nil
	_, is := g.IsInput(s, file)
	return is
}
