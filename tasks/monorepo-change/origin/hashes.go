// SPDX-License-Identifier: Apache-2.0

package origin

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/adze-ci/adze/internal/monorepo"
)

// Hashes are the input hashes of some services. The trees of all of them are
// asked for together. A service that a file belongs to which cannot be understood
// has none, for it may have more inputs.
func (c *Commit) Hashes(ctx context.Context, g *monorepo.Graph, services []string) (map[string]string, error) {
	l, err := c.list(ctx, g, g.Closure(services...))
	if err != nil {
		return nil, err
	}
	cycles := cycleOf(g)
	known := map[string]string{}
	hashes := make(map[string]string, len(services))
	for _, name := range services {
		hash, ok := known[cycles[name]]
		if !ok {
			hash = l.hashOf(g, g.Closure(name))
		}
		if cycles[name] != "" {
			known[cycles[name]] = hash
		}
		if hash != "" {
			hashes[name] = hash
		}
	}
	return hashes, nil
}

// cycleOf names the cycle that a service is in, if any. All in it depend on the
// same, so that one hash is theirs.
func cycleOf(g *monorepo.Graph) map[string]string {
	in := map[string]string{}
	for _, cycle := range g.Cycles() {
		for _, name := range cycle.Services {
			in[name] = cycle.Services[0]
		}
	}
	return in
}

// listing holds the inputs of many services in one order, so that hashing each
// sorts nothing again.
type listing struct {
	// paths are all inputs in their order, and lines what is hashed of each.
	paths []string
	lines [][]byte
	// own are each service's own inputs, as places in paths.
	own map[string][]int
}

func (c *Commit) list(ctx context.Context, g *monorepo.Graph, parts []monorepo.Service) (*listing, error) {
	own, err := c.own(ctx, g, parts)
	if err != nil {
		return nil, fmt.Errorf("listing the inputs of %d services: %w", len(parts), err)
	}
	all := union(own, parts)
	l := &listing{paths: slices.Sorted(maps.Keys(all)), own: make(map[string][]int, len(own))}
	at := make(map[string]int, len(l.paths))
	for i, path := range l.paths {
		at[path] = i
		l.lines = append(l.lines, line(path, all[path]))
	}
	for name, files := range own {
		for path := range files {
			l.own[name] = append(l.own[name], at[path])
		}
	}
	return l, nil
}

// union marks the inputs of some services.
func (l *listing) union(services []monorepo.Service) []bool {
	in := make([]bool, len(l.paths))
	for _, s := range services {
		for _, i := range l.own[s.Name] {
			in[i] = true
		}
	}
	return in
}

// hashOf is the hash of what some services are made of; empty where a file among
// it is not understood.
func (l *listing) hashOf(g *monorepo.Graph, services []monorepo.Service) string {
	inputs := l.union(services)
	if slices.ContainsFunc(g.Faults, func(f monorepo.Fault) bool { return l.has(inputs, f.File) }) {
		return ""
	}
	return l.hash(inputs)
}

func (l *listing) has(inputs []bool, path string) bool {
	i, ok := slices.BinarySearch(l.paths, path)
	return ok && inputs[i]
}

func (l *listing) hash(inputs []bool) string {
	return sum(func(yield func([]byte) bool) {
		for i, in := range inputs {
			if in && !yield(l.lines[i]) {
				return
			}
		}
	})
}
