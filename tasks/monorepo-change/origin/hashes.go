// SPDX-License-Identifier: Apache-2.0

package origin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/monorepo"
)

// Hashes are the input hashes of some services. The trees of all of them are
// asked for together. A service that a file belongs to which cannot be understood
// has none, for it may have more inputs.
func (c *Commit) Hashes(ctx context.Context, g *monorepo.Graph, services []string) (map[string]string, error) {
	l, err := c.list(ctx, g, g.Closure(services...))
	if err != nil {
		return nil, fmt.Errorf("listing the inputs of %d services: %w", len(services), err)
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

// hashOf is the hash of what some services are made of; empty where a file among
// it is not understood.
func (l *listing) hashOf(g *monorepo.Graph, services []monorepo.Service) string {
	inputs := l.union(services)
	if slices.ContainsFunc(g.Faults, func(f monorepo.Fault) bool { return l.has(inputs, f.File) }) {
		return ""
	}
	return sum(func(yield func(file) bool) {
		for i, in := range inputs {
			if in && !yield(l.files[i]) {
				return
			}
		}
	})
}

func (l *listing) has(inputs []bool, name string) bool {
	i, ok := slices.BinarySearchFunc(l.files, name, func(f file, name string) int { return strings.Compare(f.path, name) })
	return ok && inputs[i]
}
