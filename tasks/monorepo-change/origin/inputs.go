// SPDX-License-Identifier: Apache-2.0

package origin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"path"
	"slices"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
)

// Inputs lists the files, symlinks and submodules that a service and all that
// it depends on are made of, by path.
func (c *Commit) Inputs(ctx context.Context, g *monorepo.Graph, service string) (map[string]gitx.Entry, error) {
	parts := g.Closure(service)
	own, err := c.own(ctx, g, parts)
	if err != nil {
		return nil, fmt.Errorf("listing the inputs of %s: %w", service, err)
	}
	return union(own, parts), nil
}

// own lists, by service, what each of some services is made of by itself. The
// trees of all of them are asked for together.
func (c *Commit) own(ctx context.Context, g *monorepo.Graph, services []monorepo.Service) (map[string]map[string]gitx.Entry, error) {
	whole, flat := g.Roots(services)
	files, err := c.Files.Snapshot.Walk(ctx, whole, nil)
	if err != nil {
		return nil, err
	}
	if err := c.addFlat(ctx, files, flat); err != nil {
		return nil, err
	}
	own := make(map[string]map[string]gitx.Entry, len(services))
	for _, s := range services {
		own[s.Name] = map[string]gitx.Entry{}
	}
	for file, e := range files {
		for _, name := range g.Owners(file) {
			if mine, asked := own[name]; asked {
				mine[file] = e
			}
		}
	}
	return own, nil
}

// addFlat adds the files that lie directly in some folders, or are at those paths.
func (c *Commit) addFlat(ctx context.Context, files map[string]gitx.Entry, flat []string) error {
	there, err := c.Files.Lookup(ctx, flat)
	if err != nil {
		return err
	}
	folders, err := c.Files.Dirs(ctx, flat)
	if err != nil {
		return err
	}
	for p, e := range there {
		if e.Mode != gitx.Dir {
			files[p] = e
		}
	}
	for dir, entries := range folders {
		for _, e := range entries {
			if e.Mode != gitx.Dir {
				files[path.Join(dir, e.Name)] = e
			}
		}
	}
	return nil
}

func union(own map[string]map[string]gitx.Entry, parts []monorepo.Service) map[string]gitx.Entry {
	all := map[string]gitx.Entry{}
	for _, s := range parts {
		maps.Copy(all, own[s.Name])
	}
	return all
}

// hashFormat heads what is hashed; it changes when the format does.
const hashFormat = "adze-inputs-v1\x00"

// Hash is the input hash: SHA-256, in hexadecimal, over the format's name and,
// in the byte order of their paths, "<mode> <object id>\t<path>\0" of each
// input, the mode in six octal digits.
func Hash(files map[string]gitx.Entry) string {
	return sum(func(yield func([]byte) bool) {
		for _, path := range slices.Sorted(maps.Keys(files)) {
			if !yield(line(path, files[path])) {
				return
			}
		}
	})
}

// line is what is hashed of an input.
func line(path string, e gitx.Entry) []byte {
	return fmt.Appendf(nil, "%06o %s\t%s\x00", uint32(e.Mode), e.ID, path)
}

// sum hashes lines that come in the order of their paths.
func sum(lines iter.Seq[[]byte]) string {
	h := sha256.New()
	write := func(b []byte) {
		if _, err := h.Write(b); err != nil {
			panic(err) // hash.Hash never returns an error
		}
	}
	write([]byte(hashFormat))
	for l := range lines {
		write(l)
	}
	return hex.EncodeToString(h.Sum(nil))
}
