// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/manifest"
)

// list collects the manifests below the paths of all groups, each once, in order.
// A path that cannot be listed fails the groups that have it.
func list(ctx context.Context, from Source, work []*group) []File {
	var all []File
	listed := map[string]error{}
	for _, g := range work {
		for _, s := range g.services {
			for _, p := range s.paths {
				err, seen := listed[p]
				if !seen {
					var files []File
					files, err = from.List(ctx, p)
					all, listed[p] = append(all, files...), err
				}
				if err != nil && g.err == nil {
					g.err = fmt.Errorf("listing %s: %w", p, err)
				}
			}
		}
	}
	all = slices.DeleteFunc(all, func(f File) bool { return !manifest.IsManifest(f.Path) })
	slices.SortFunc(all, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return slices.CompactFunc(all, func(a, b File) bool { return a.Path == b.Path })
}

// clean makes a path relative to the root; the root itself is the empty path.
func clean(p string) string { return strings.TrimPrefix(path.Clean("/"+p), "/") }

// covers tells whether a file is, or lies below, a clean path.
func covers(p, file string) bool {
	rest, ok := strings.CutPrefix(file, p)
	return ok && (p == "" || rest == "" || rest[0] == '/')
}
