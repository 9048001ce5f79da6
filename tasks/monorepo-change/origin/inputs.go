// SPDX-License-Identifier: Apache-2.0

package origin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
)

// Inputs lists the files, symlinks and submodules that a service and all that
// it depends on are made of, by path.
func (c *Commit) Inputs(ctx context.Context, g *monorepo.Graph, service string) (map[string]gitx.Entry, error) {
	parts := g.Closure(service)
	files, err := c.Files.Snapshot.Walk(ctx, g.Roots(parts), nil)
	if err != nil {
		return nil, fmt.Errorf("listing the inputs of %s: %w", service, err)
	}
	maps.DeleteFunc(files, func(path string, _ gitx.Entry) bool {
		return !slices.ContainsFunc(parts, func(s monorepo.Service) bool {
			_, ok := g.IsInput(s, path)
			return ok
		})
	})
	return files, nil
}

// hashFormat heads what is hashed; it changes when the format does.
const hashFormat = "adze-inputs-v1\x00"

// Hash is the input hash: SHA-256, in hexadecimal, over the format's name and,
// in the byte order of their paths, "<mode> <object id>\t<path>\0" of each
// input, the mode in six octal digits.
func Hash(files map[string]gitx.Entry) string {
	h := sha256.New()
	write := func(s string) {
		if _, err := io.WriteString(h, s); err != nil {
			panic(err) // hash.Hash never returns an error
		}
	}
	write(hashFormat)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		e := files[path]
		write(fmt.Sprintf("%06o %s\t%s\x00", uint32(e.Mode), e.ID, path))
	}
	return hex.EncodeToString(h.Sum(nil))
}
