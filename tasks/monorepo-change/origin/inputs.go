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
	"strings"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
)

// Inputs lists the files, symlinks and submodules that a service and all that
// it depends on are made of, by path.
func (c *Commit) Inputs(ctx context.Context, g *monorepo.Graph, service string) (map[string]gitx.Entry, error) {
	parts := g.Closure(service)
	l, err := c.list(ctx, g, parts)
	if err != nil {
		return nil, fmt.Errorf("listing the inputs of %s: %w", service, err)
	}
	files := map[string]gitx.Entry{}
	for i, in := range l.union(parts) {
		if in {
			files[l.files[i].path] = l.files[i].entry
		}
	}
	return files, nil
}

// file is a path and what lies there.
type file struct {
	path  string
	entry gitx.Entry
}

// listing holds the inputs of many services in one order, so that hashing each
// sorts nothing again.
type listing struct {
	// files are all inputs in the byte order of their paths.
	files []file
	// own are each service's own inputs, as places in files.
	own map[string][]int32
}

// list lists what each of some services is made of by itself. The trees of all
// of them are asked for together.
func (c *Commit) list(ctx context.Context, g *monorepo.Graph, services []monorepo.Service) (*listing, error) {
	files, err := c.below(ctx, g, services)
	if err != nil {
		return nil, err
	}
	l := &listing{files: files[:0], own: make(map[string][]int32, len(services))}
	for _, s := range services {
		l.own[s.Name] = []int32{}
	}
	for _, f := range files {
		asked := false
		for _, name := range g.Owners(f.path) {
			if own, ok := l.own[name]; ok {
				asked = true
				l.own[name] = append(own, int32(len(l.files))) //nolint:gosec // as many as memory holds
			}
		}
		if asked {
			l.files = append(l.files, f)
		}
	}
	return l, nil
}

// below lists all files where inputs of some services lie, in their order.
func (c *Commit) below(ctx context.Context, g *monorepo.Graph, services []monorepo.Service) ([]file, error) {
	whole, flat := g.Roots(services)
	entries, err := c.Files.Lookup(ctx, slices.Concat(whole, flat))
	if err != nil {
		return nil, err
	}
	folders, err := c.Files.Below(ctx, whole)
	if err != nil {
		return nil, err
	}
	direct, err := c.Files.Dirs(ctx, flat)
	if err != nil {
		return nil, err
	}
	maps.Copy(folders, direct)
	count := len(entries)
	for _, entries := range folders {
		count += len(entries)
	}
	files := make([]file, 0, count)
	for p, e := range entries {
		if _, listed := folders[path.Dir(p)]; e.Mode != gitx.Dir && !listed {
			files = append(files, file{p, e})
		}
	}
	for dir, entries := range folders {
		for _, e := range entries {
			if e.Mode != gitx.Dir {
				files = append(files, file{path.Join(dir, e.Name), e})
			}
		}
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.path, b.path) })
	return files, nil
}

// union marks the inputs of some services.
func (l *listing) union(services []monorepo.Service) []bool {
	in := make([]bool, len(l.files))
	for _, s := range services {
		for _, i := range l.own[s.Name] {
			in[i] = true
		}
	}
	return in
}

// hashFormat heads what is hashed; it changes when the format does.
const hashFormat = "adze-inputs-v1\x00"

// Hash is the input hash: SHA-256, in hexadecimal, over the format's name and,
// in the byte order of their paths, "<mode> <object id>\t<path>\0" of each
// input, the mode in six octal digits.
func Hash(files map[string]gitx.Entry) string {
	return sum(func(yield func(file) bool) {
		for _, p := range slices.Sorted(maps.Keys(files)) {
			if !yield(file{p, files[p]}) {
				return
			}
		}
	})
}

// sum hashes files that come in the order of their paths.
func sum(files iter.Seq[file]) string {
	h := sha256.New()
	write := func(b []byte) {
		if _, err := h.Write(b); err != nil {
			panic(err) // hash.Hash never returns an error
		}
	}
	write([]byte(hashFormat))
	var line []byte
	for f := range files {
		line = fmt.Appendf(line[:0], "%06o %s\t%s\x00", uint32(f.entry.Mode), f.entry.ID, f.path)
		write(line)
	}
	return hex.EncodeToString(h.Sum(nil))
}
