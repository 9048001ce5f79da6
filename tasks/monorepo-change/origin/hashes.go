// SPDX-License-Identifier: Apache-2.0

package origin

import (
	"context"
	"fmt"
	"slices"

	"github.com/adze-ci/adze/internal/monorepo"
)

// Hashes are the input hashes of some services. The trees of all of them are
// asked for together. A service that a file belongs to which cannot be understood
// has none, for it may have more inputs.
func (c *Commit) Hashes(ctx context.Context, g *monorepo.Graph, services []string) (map[string]string, error) {
	var parts []monorepo.Service
	for _, name := range services {
		parts = append(parts, g.Closure(name)...)
	}
	if _, err := c.Files.Below(ctx, g.Roots(parts)); err != nil {
		return nil, fmt.Errorf("listing the inputs of %d services: %w", len(services), err)
	}
	hashes := make(map[string]string, len(services))
	for _, name := range services {
		files, err := c.Inputs(ctx, g, name)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(g.Faults, func(f monorepo.Fault) bool { _, is := files[f.File]; return is }) {
			hashes[name] = Hash(files)
		}
	}
	return hashes, nil
}
