// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"context"
	"strings"
)

// Has tells whether a file is part of the input.
func (in Input) Has(file string) bool { return in.match(file) }

// Holders lists the folders that a glob of discover matches and that hold a
// Dockerfile.
func (c *Config) Holders(ctx context.Context, tree Tree, glob string) ([]string, error) {
	return holders(ctx, tree, []string{glob}, false)
}

// Folder is the file or folder that all matches of a pattern are or lie in.
func (p Pattern) Folder() string { return fixedPart(strings.TrimPrefix(p.Text, "!")) }
