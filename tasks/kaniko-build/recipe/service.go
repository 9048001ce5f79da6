// SPDX-License-Identifier: Apache-2.0

package recipe

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/step"
)

// fromService finds a service in adze.yaml. The source may hold this service's
// files alone, so what it depends on need not be there.
func (o *Options) fromService(ctx context.Context) (*Recipe, error) {
	config, err := o.readConfig()
	if err != nil {
		return nil, err
	}
	for i := range config.List {
		config.List[i].DependsOn = nil
	}
	tree, err := filesOf(o.Source)
	if err != nil {
		return nil, err
	}
	services, err := config.Resolve(ctx, tree)
	if err != nil {
		return nil, step.Misuse("%w", err)
	}
	s, ok := services.Get(o.Service)
	if !ok {
		return nil, step.Hint(step.Misuse("no service %q with a Dockerfile in %s", o.Service, o.Source), "services there: %v", services.Names())
	}
	r := &Recipe{Context: filepath.Join(o.Source, s.Context), Dockerfile: filepath.Join(o.Source, s.Dockerfile), Target: s.Target}
	for _, name := range slices.Sorted(maps.Keys(s.BuildArgs)) {
		r.BuildArgs = append(r.BuildArgs, name+"="+s.BuildArgs[name])
	}
	return r, nil
}

func (o *Options) readConfig() (*monorepo.Config, error) {
	data, err := os.ReadFile(within(o.Source, o.Config))
	if errors.Is(err, fs.ErrNotExist) {
		return monorepo.Default(), nil
	}
	if err != nil {
		return nil, step.Misuse("reading the services: %w", err)
	}
	config, err := monorepo.Parse(o.Config, data)
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
