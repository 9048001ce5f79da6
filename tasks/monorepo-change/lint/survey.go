// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"context"
	"maps"
	"path"
	"slices"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/tasks/monorepo-change/origin"
)

// repository is all that the rules look at.
type repository struct {
	config   *monorepo.Config
	services monorepo.Services
	graph    *monorepo.Graph
	// entries are all files, symlinks and submodules by their paths, files the
	// paths in order.
	entries map[string]gitx.Entry
	files   []string
	// folders are all folders.
	folders map[string]bool
	// links are where symlinks lead, as written.
	links map[string]string
	// lfs tells which files are kept in Git LFS.
	lfs attributes
	// idle are the globs of discover that find no service.
	idle []string
	// matches are the places in files of what a pattern matches, by its text.
	matches map[string][]int
}

// survey lists the whole commit, in one request, and reads its symlinks and
// .gitattributes files, in one more each.
func survey(ctx context.Context, s *origin.Scanned) (*repository, error) {
	r := &repository{config: s.Config, services: s.Services, graph: s.Graph, folders: map[string]bool{".": true}, matches: map[string][]int{}}
	var err error
	if r.entries, err = s.Files.Snapshot.Walk(ctx, []string{"."}); err != nil {
		return nil, err
	}
	r.files = slices.Sorted(maps.Keys(r.entries))
	var links, attributes []string
	for _, file := range r.files {
		for dir := path.Dir(file); !r.folders[dir]; dir = path.Dir(dir) {
			r.folders[dir] = true
		}
		switch {
		case r.entries[file].Mode == gitx.Symlink:
			links = append(links, file)
		case path.Base(file) == ".gitattributes":
			attributes = append(attributes, file)
		}
	}
	if r.links, err = s.Files.Links(ctx, links); err != nil {
		return nil, err
	}
	texts, err := s.Files.Read(ctx, attributes)
	if err != nil {
		return nil, err
	}
	r.lfs = readAttributes(texts)
	r.idle, err = idleGlobs(ctx, s)
	return r, err
}

// idleGlobs are the globs of discover that find no folder with a Dockerfile.
func idleGlobs(ctx context.Context, s *origin.Scanned) ([]string, error) {
	var idle []string
	for _, glob := range s.Config.Discover {
		found, err := s.Config.Holders(ctx, s.Files, glob)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			idle = append(idle, glob)
		}
	}
	return idle, nil
}

// check applies all rules.
func (r *repository) check() []finding {
	var all []finding
	for _, rule := range []func() []finding{
		r.none, r.overlaps, r.images, r.dockerfiles, r.manifests,
		r.unmatched, r.shadowed, r.ignored,
		r.wideCopies, r.cycles, r.faults,
		r.strangers,
	} {
		all = append(all, rule()...)
	}
	return all
}

// below are the files in a folder.
func (r *repository) below(dir string) []string {
	from, to := r.span(dir)
	return r.files[from:to]
}

// span is where the files in a folder begin and end among all.
func (r *repository) span(dir string) (from, to int) {
	if dir == "." {
		return 0, len(r.files)
	}
	from, _ = slices.BinarySearch(r.files, dir+"/")
	to, _ = slices.BinarySearch(r.files, dir+"0") // "0" comes after "/"
	return from, to
}

// at is a finding about a service, at a key of its entry in adze.yaml, or at its
// folder where adze.yaml does not list it.
func (r *repository) at(s monorepo.Service, keys ...string) finding {
	f := finding{Severity: isWarning, Service: s.Name, File: s.Path}
	for _, key := range append(keys, "name") {
		if line := s.Lines[key]; line > 0 {
			f.File, f.Line, f.Column = r.config.File, line, r.config.Column(line, key)
			break
		}
	}
	return f
}
