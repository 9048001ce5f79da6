// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/wanted"
)

// tellRecipes writes what the affected services are built from, with their
// Dockerfiles in a folder beside that, but for a service of which it is not known:
// whoever builds it finds out what is wrong, so that nothing here is an error but a
// list that cannot be written.
func (j *judgement) tellRecipes(ctx context.Context, rep *report) error {
	if j.recipes == "" {
		return nil
	}
	services, err := j.wanted(ctx, rep)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		j.origin.Repo.Log.Warn("what the services are built from is not told, so that none is found built already", "error", err)
	}
	return j.writeRecipes(services)
}

// writeRecipes writes the list, if there is to be one.
func (o *options) writeRecipes(services []wanted.Service) error {
	if o.recipes == "" {
		return nil
	}
	return wanted.Write(filepath.Join(o.recipes, wanted.File), services)
}

// wanted are the affected services, with their Dockerfiles put below the folder.
func (j *judgement) wanted(ctx context.Context, rep *report) ([]wanted.Service, error) {
	if j.head.Config.Registry == "" && j.registry == "" {
		return nil, fmt.Errorf("no registry is known: set registry in %s, or give --registry", monorepo.FileName)
	}
	hashes, err := j.head.Hashes(ctx, j.graph, rep.names())
	if err != nil {
		return nil, err
	}
	var files []string
	for name := range hashes {
		if s, ok := j.head.Services.Get(name); ok {
			files = append(files, s.Dockerfile)
		}
	}
	texts, err := j.head.Files.Read(ctx, files)
	if err != nil {
		return nil, err
	}
	root, err := openTree(filepath.Join(j.recipes, wanted.Files))
	if err != nil {
		return nil, err
	}
	defer root.Close() //nolint:errcheck // each file was closed by itself
	var all []wanted.Service
	for _, name := range rep.names() {
		s, ok := j.head.Services.Get(name)
		text, there := texts[s.Dockerfile]
		if !ok || !there || hashes[name] == "" {
			continue
		}
		if err := putRecipe(root, s, text); err != nil {
			return nil, fmt.Errorf("writing the Dockerfile of %s: %w", name, err)
		}
		all = append(all, j.recipeOf(s, hashes[name]))
	}
	return all, nil
}

// recipeOf is what a service is built from, in the words of the subcommand fetch.
func (j *judgement) recipeOf(s monorepo.Service, hash string) wanted.Service {
	return wanted.Service{
		Name: s.Name, Image: s.ImageIn(j.registry), Context: s.Context, Dockerfile: s.Dockerfile, Target: s.Target,
		BuildArgs: s.Args(), InputHash: hash,
	}
}

// openTree makes a folder if there is none, and opens it.
func openTree(dir string) (*os.Root, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // other steps read it
		return nil, fmt.Errorf("making a folder for the Dockerfiles: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the folder of the Dockerfiles: %w", err)
	}
	return root, nil
}

// putRecipe writes a Dockerfile to its place, and makes the build context's folder.
func putRecipe(root *os.Root, s monorepo.Service, text []byte) error {
	for _, dir := range []string{s.Context, path.Dir(s.Dockerfile)} {
		if dir == "." {
			continue
		}
		if err := root.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	return root.WriteFile(s.Dockerfile, text, 0o644)
}
