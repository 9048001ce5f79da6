// SPDX-License-Identifier: Apache-2.0

// Package manifests edits all manifests of one service, wherever they are read
// from: a folder, or a repository on a forge.
//
// Files ending in .yaml, .yml or .json below the service's paths are looked at,
// and those named Kustomization. A service that no manifest names is an error that
// lists where was looked, for silence would leave it running what it runs.
package manifests

import (
	"context"
	"fmt"
	"log/slog"
	"path"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/manifest"
	"github.com/adze-ci/adze/internal/step"
)

// Service is a service and the image that its manifests should name.
type Service struct {
	// Name is the service's name.
	Name string
	// Image is what its manifests should name.
	Image manifest.Image
	// Commit is the source commit that the image was built from; may be empty.
	Commit string
	// Paths are the files and folders of its manifests, relative to the repository's root.
	Paths []string
}

// File is one manifest.
type File struct {
	// Path is relative to the repository's root, with slashes.
	Path string
	// ID is the git object id of its content, and Mode its mode; empty in a folder.
	ID, Mode string
}

// Source lists and reads manifests.
type Source interface {
	// List gives the files at or below a path; none when there is no such path.
	List(ctx context.Context, path string) ([]File, error)
	// Read gives a file's content.
	Read(ctx context.Context, f File) ([]byte, error)
}

// Edited is a file with its content before and after.
type Edited struct {
	File
	Before, After []byte
	Changes       []manifest.Change
}

// Plan is what it takes to make a service's manifests name its image.
type Plan struct {
	// Files are the files to change; none when all name the image already.
	Files []Edited
	// Templated are the files that mention the image between template braces.
	Templated []string
}

// Edit plans the edit of all of a service's manifests. It is all or nothing: a
// file that cannot be edited safely fails the whole.
func Edit(ctx context.Context, from Source, s Service) (Plan, error) {
	var plan Plan
	files, err := list(ctx, from, s.Paths)
	if err != nil {
		return plan, err
	}
	named := 0
	for _, f := range files {
		content, err := from.Read(ctx, f)
		if err != nil {
			return Plan{}, fmt.Errorf("reading %s: %w", f.Path, err)
		}
		res, err := manifest.File(f.Path, content, s.Image)
		if err != nil {
			return Plan{}, err
		}
		named += res.Named
		if res.Templated {
			plan.Templated = append(plan.Templated, f.Path)
		}
		if len(res.Changes) > 0 {
			plan.Files = append(plan.Files, Edited{File: f, Before: content, After: res.Content, Changes: res.Changes})
		}
	}
	if named == 0 {
		return Plan{}, unnamed(s, len(files), plan.Templated)
	}
	return plan, nil
}

// Warn tells of the files that were left alone.
func (p Plan) Warn(log *slog.Logger, service string) {
	for _, file := range p.Templated {
		log.Warn("left alone, for it holds template braces", "service", service, "file", file)
	}
}

// list collects the manifests below all paths, each once, in order.
func list(ctx context.Context, from Source, paths []string) ([]File, error) {
	var all []File
	for _, p := range paths {
		files, err := from.List(ctx, clean(p))
		if err != nil {
			return nil, fmt.Errorf("listing %s: %w", p, err)
		}
		for _, f := range files {
			if manifest.IsManifest(f.Path) {
				all = append(all, f)
			}
		}
	}
	slices.SortFunc(all, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return slices.CompactFunc(all, func(a, b File) bool { return a.Path == b.Path }), nil
}

// clean makes a path relative to the root; the root itself is the empty path.
func clean(p string) string { return strings.TrimPrefix(path.Clean("/"+p), "/") }

func unnamed(s Service, files int, templated []string) error {
	err := fmt.Errorf("no manifest names the image %s of service %s: searched %d files below %s",
		s.Image.Repository, s.Name, files, strings.Join(s.Paths, ", "))
	if len(templated) > 0 {
		return step.Hint(err, "these hold template braces and were left alone: %s; keep the image in a values file", strings.Join(templated, ", "))
	}
	return step.Hint(err, "name the folders of its manifests under manifests in adze.yaml or with --path, and write the image there once by hand")
}
