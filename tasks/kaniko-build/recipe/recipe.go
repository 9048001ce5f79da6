// SPDX-License-Identifier: Apache-2.0

// Package recipe finds what an image is built from: a service of adze.yaml, or
// a folder, with the flags laid over the service's settings.
package recipe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/adze-ci/adze/internal/step"
)

// Recipe is what an image is built from.
type Recipe struct {
	// Context is the folder that COPY and ADD read, Dockerfile the file of
	// instructions. Both are absolute, for the executor changes to /.
	Context, Dockerfile string
	// Target is the stage to build; empty for the last.
	Target string
	// BuildArgs are NAME=VALUE; the last of a name counts.
	BuildArgs []string
}

// Options are the flags that choose a recipe.
type Options struct {
	Service, Source, Config     string
	Context, Dockerfile, Target string
	BuildArgs                   []string
}

// AddFlags declares the flags.
func (o *Options) AddFlags(f *step.Flags) {
	f.StringVar(&o.Service, "service", "", "`NAME` of the service in adze.yaml to build, whose files are in --source")
	f.StringVar(&o.Source, "source", "", "`DIR` of the repository's files, for --service; need hold no more than the service's")
	f.StringVar(&o.Config, "config", "adze.yaml", "`FILE` that describes the services, relative to --source; may be absent")
	f.StringVar(&o.Context, "context", "", "build context `DIR`, in place of the service's")
	f.StringVar(&o.Dockerfile, "dockerfile", "", "`FILE` of instructions, relative to the context; default Dockerfile, or the service's")
	f.StringVar(&o.Target, "target", "", "`STAGE` to build; default the last, or the service's")
	f.ArrayVar(&o.BuildArgs, "build-arg", "build argument NAME=VALUE; adds to the service's, or overrides")
}

// Validate checks that the flags choose one.
func (o *Options) Validate() error {
	switch {
	case o.Service == "" && o.Context == "":
		return errors.New("give --service with --source, or --context")
	case o.Service != "" && o.Source == "":
		return errors.New("--service needs --source, the folder of the repository's files")
	}
	return nil
}

// Find takes the service's settings, with the flags laid over them. It does not
// read the Dockerfile.
func (o *Options) Find(ctx context.Context) (*Recipe, error) {
	r := &Recipe{}
	if o.Service != "" {
		var err error
		if r, err = o.fromService(ctx); err != nil {
			return nil, err
		}
	}
	if o.Context != "" {
		r.Context = o.Context
	}
	if o.Dockerfile != "" || r.Dockerfile == "" {
		r.Dockerfile = filepath.Join(r.Context, "Dockerfile")
		if o.Dockerfile != "" {
			r.Dockerfile = within(r.Context, o.Dockerfile)
		}
	}
	if o.Target != "" {
		r.Target = o.Target
	}
	r.BuildArgs = append(r.BuildArgs, o.BuildArgs...)
	return r, r.resolve()
}

// within takes an absolute path as it is.
func within(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// resolve makes the paths absolute.
func (r *Recipe) resolve() error {
	for _, path := range []*string{&r.Context, &r.Dockerfile} {
		abs, err := filepath.Abs(*path)
		if err != nil {
			return fmt.Errorf("finding %s: %w", *path, err)
		}
		*path = abs
	}
	if info, err := os.Stat(r.Context); err != nil {
		return step.Misuse("the build context: %w", err)
	} else if !info.IsDir() {
		return step.Misuse("the build context %s is no folder", r.Context)
	}
	return nil
}

// Args are the build arguments by name. One without a value is left out: the
// executor takes it from its environment, where there is none.
func (r *Recipe) Args() map[string]string {
	args := map[string]string{}
	for _, a := range r.BuildArgs {
		if name, value, ok := strings.Cut(a, "="); ok {
			args[name] = value
		}
	}
	return args
}

// Relative are the context and the Dockerfile as slash-separated paths below a
// folder, or below the context where that does not lie in the folder.
func (r *Recipe) Relative(dir string) (context, dockerfile string, err error) {
	if dir, err = filepath.Abs(cmp.Or(dir, r.Context)); err != nil {
		return "", "", fmt.Errorf("finding the source: %w", err)
	}
	if context, err = filepath.Rel(dir, r.Context); err != nil || !filepath.IsLocal(context) {
		dir, context = r.Context, "."
	}
	dockerfile, err = filepath.Rel(dir, r.Dockerfile)
	return filepath.ToSlash(context), filepath.ToSlash(dockerfile), err
}
