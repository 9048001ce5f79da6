// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/step"
)

// plan is what is built.
type plan struct {
	context, dockerfile, target string
	buildArgs                   []string
	instructions                []instruction
}

// plan takes the service's settings, with the flags laid over them, and reads
// the Dockerfile.
func (o *options) plan(ctx context.Context) (*plan, error) {
	p := &plan{}
	if o.service != "" {
		var err error
		if p, err = o.fromService(ctx); err != nil {
			return nil, err
		}
	}
	if o.context != "" {
		p.context = o.context
	}
	if o.dockerfile != "" || p.dockerfile == "" {
		p.dockerfile = filepath.Join(p.context, "Dockerfile")
		if o.dockerfile != "" {
			p.dockerfile = within(p.context, o.dockerfile)
		}
	}
	if o.target != "" {
		p.target = o.target
	}
	p.buildArgs = append(p.buildArgs, o.buildArgs...)
	if err := p.resolve(); err != nil {
		return nil, err
	}
	var err error
	if p.instructions, err = readDockerfile(p.dockerfile); err != nil {
		o.outcome.Set(string(kindDockerfile))
	}
	return p, err
}

// within takes an absolute path as it is.
func within(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// resolve makes the paths absolute, for the executor changes to /.
func (p *plan) resolve() error {
	for _, path := range []*string{&p.context, &p.dockerfile} {
		abs, err := filepath.Abs(*path)
		if err != nil {
			return fmt.Errorf("finding %s: %w", *path, err)
		}
		*path = abs
	}
	if info, err := os.Stat(p.context); err != nil {
		return step.Misuse("the build context: %w", err)
	} else if !info.IsDir() {
		return step.Misuse("the build context %s is no folder", p.context)
	}
	return nil
}

// fromService finds a service in adze.yaml. The source may hold this service's
// files alone, so what it depends on need not be there.
func (o *options) fromService(ctx context.Context) (*plan, error) {
	config, err := o.readConfig()
	if err != nil {
		return nil, err
	}
	for i := range config.List {
		config.List[i].DependsOn = nil
	}
	tree, err := filesOf(o.source)
	if err != nil {
		return nil, err
	}
	services, err := config.Resolve(ctx, tree)
	if err != nil {
		return nil, step.Misuse("%w", err)
	}
	s, ok := services.Get(o.service)
	if !ok {
		return nil, step.Hint(step.Misuse("no service %q with a Dockerfile in %s", o.service, o.source), "services there: %v", names(services))
	}
	p := &plan{context: filepath.Join(o.source, s.Context), dockerfile: filepath.Join(o.source, s.Dockerfile), target: s.Target}
	for _, name := range slices.Sorted(maps.Keys(s.BuildArgs)) {
		p.buildArgs = append(p.buildArgs, name+"="+s.BuildArgs[name])
	}
	return p, nil
}

func (o *options) readConfig() (*monorepo.Config, error) {
	data, err := os.ReadFile(within(o.source, o.config))
	if errors.Is(err, fs.ErrNotExist) {
		return monorepo.Default(), nil
	}
	if err != nil {
		return nil, step.Misuse("reading the services: %w", err)
	}
	config, err := monorepo.Parse(o.config, data)
	if err != nil {
		return nil, step.Misuse("%w", err)
	}
	return config, nil
}

// filesOf lists the files below a folder, git's own left out.
func filesOf(dir string) (monorepo.Paths, error) {
	var paths monorepo.Paths
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		paths = append(paths, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		return nil, step.Misuse("reading --source: %w", err)
	}
	return paths, nil
}

func names(services monorepo.Services) []string {
	var all []string
	for _, s := range services.All {
		all = append(all, s.Name)
	}
	return all
}
