// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Rendered is adze's YAML with images built from the tree, by digest.
type Rendered struct {
	// Dir holds every YAML file of tasks/, pipelines/, triggers/ and e2e/forge/
	// at the same relative path as in the tree.
	Dir string
	// Images are the references by import path; what runs on the cluster under
	// one of these digests came from this tree.
	Images map[string]string
}

// Objects are adze's Tasks, StepActions, Pipelines and Triggers as one stream of
// YAML: all that is applied to a namespace that uses adze. Examples are left
// out, and what is installed once per cluster.
func (r Rendered) Objects() ([]byte, error) {
	var all []byte
	for _, pattern := range []string{"tasks/*/task.yaml", "tasks/*/*stepaction.yaml", "pipelines/*.yaml", "triggers/*.yaml"} {
		files, err := filepath.Glob(filepath.Join(r.Dir, pattern))
		if err != nil {
			return nil, fmt.Errorf("reading adze's objects: %w", err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file) // #nosec G304 -- a file just rendered
			if err != nil {
				return nil, fmt.Errorf("reading adze's objects: %w", err)
			}
			all = append(append(all, text...), "\n---\n"...)
		}
	}
	return all, nil
}

// Adze builds adze's images from the tree, pushes them where nodes pull from,
// and renders the YAML that names them. Where the sources did not change the
// digests do not either, and nothing is pushed. Commands limit it to the
// programs of that name and the YAML that names no others.
func (p *Platform) Adze(ctx context.Context, commands ...string) (r Rendered, err error) {
	err = p.stage(ctx, "adze's images and YAML", func(ctx context.Context) error {
		r, err = p.render(ctx, commands)
		return err
	})
	return r, err
}

func (p *Platform) render(ctx context.Context, commands []string) (Rendered, error) {
	sources, err := yamlFiles(p.Tree, "tasks", "pipelines", "triggers", "e2e/forge")
	if err != nil {
		return Rendered{}, err
	}
	programs := limit(sources, commands)
	if len(programs) < len(commands) {
		return Rendered{}, fmt.Errorf("of %v YAML names only %v", commands, programs)
	}
	refs := map[string]string{}
	if len(programs) > 0 {
		if refs, err = p.buildAdze(ctx, programs); err != nil {
			return Rendered{}, err
		}
	}
	r := Rendered{Dir: filepath.Join(p.State, "rendered"), Images: refs}
	if err := os.RemoveAll(r.Dir); err != nil {
		return Rendered{}, fmt.Errorf("rendering YAML: %w", err)
	}
	for name, text := range sources {
		if err := replaceFile(filepath.Join(r.Dir, name), resolve(text, refs)); err != nil {
			return Rendered{}, err
		}
	}
	list, err := json.MarshalIndent(refs, "", "  ")
	if err != nil {
		return Rendered{}, fmt.Errorf("listing images: %w", err)
	}
	return r, replaceFile(filepath.Join(p.State, "images.json"), append(list, '\n'))
}

// limit lists the programs to build: all that the sources name, or those of the
// commands alone. Sources that name another program are taken out.
func limit(sources map[string][]byte, commands []string) []string {
	var programs []string
	for _, text := range sources {
		programs = append(programs, references(text)...)
	}
	unwanted := func(program string) bool {
		return len(commands) > 0 && !slices.Contains(commands, path.Base(program))
	}
	for name, text := range sources {
		if slices.ContainsFunc(references(text), unwanted) {
			delete(sources, name)
		}
	}
	programs = slices.DeleteFunc(programs, unwanted)
	slices.Sort(programs)
	return slices.Compact(programs)
}

// buildAdze builds programs of this module on the bases that ko.yaml's have here.
func (p *Platform) buildAdze(ctx context.Context, programs []string) (map[string]string, error) {
	config, err := p.koYAML(ctx, programs...)
	if err != nil {
		return nil, err
	}
	// Kept for a release that is made here by hand.
	if err := replaceFile(filepath.Join(p.State, "ko.yaml"), config); err != nil {
		return nil, err
	}
	return p.ko(ctx, p.Tree, config, programs...)
}

// koYAML is ko.yaml for these programs of this module, with bases made here,
// which are pushed where need be.
func (p *Platform) koYAML(ctx context.Context, programs ...string) ([]byte, error) {
	bases := []string{"static"}
	for path, base := range stand() {
		if slices.Contains(programs, path) {
			bases = append(bases, base)
		}
	}
	slices.Sort(bases)
	refs, err := p.Bases(ctx, slices.Compact(bases)...)
	if err != nil {
		return nil, err
	}
	koYAML, err := os.ReadFile(filepath.Join(p.Tree, "ko.yaml")) // #nosec G304 -- a file of this tree
	if err != nil {
		return nil, fmt.Errorf("reading ko's configuration: %w", err)
	}
	return offline(koYAML, refs, programs)
}

// yamlFiles reads the YAML files below folders of a tree, by relative path.
func yamlFiles(tree string, folders ...string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(tree, folder), func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || filepath.Ext(name) != ".yaml" {
				return err
			}
			rel, err := filepath.Rel(tree, name)
			if err != nil {
				return err
			}
			files[rel], err = os.ReadFile(name) // #nosec G304,G122 -- a file of this tree
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("reading YAML: %w", err)
		}
	}
	return files, nil
}
