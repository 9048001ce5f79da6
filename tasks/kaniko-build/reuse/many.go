// SPDX-License-Identifier: Apache-2.0

package reuse

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/wanted"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

const (
	// parallel is how many services are looked for at a time.
	parallel = 16
	// budget is how long the search for many images may take. It saves time, so
	// that it must not cost more.
	budget = time.Minute
)

// validateMany refuses flags that are about one service.
func (o *options) validateMany() error {
	one := map[string]string{
		"--image": o.image, "--input-hash": o.inputHash, "--from": o.from, "--plan": o.plan, "--service": o.recipe.Service,
		"--source": o.recipe.Source, "--context": o.recipe.Context, "--dockerfile": o.recipe.Dockerfile, "--target": o.recipe.Target,
		"--cache-repo": o.cache,
	}
	for flag, value := range one {
		if value != "" {
			return fmt.Errorf("%s is about one service, and --recipes about many", flag)
		}
	}
	if o.found == "" {
		return errors.New("--recipes needs --found, the file to tell of the images that exist")
	}
	if err := recipe.CheckExtra(o.extraArgs); err != nil {
		return err
	}
	return o.registry.Validate()
}

// many looks for the images of all services that --recipes tells of. One of which
// that cannot be found out is left out, and said.
func (o *options) many(ctx context.Context, env *step.Env, k *known) error {
	services, err := wanted.Read(filepath.Join(o.recipes, wanted.File))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	var group errgroup.Group
	group.SetLimit(parallel)
	for i := range services {
		group.Go(func() error {
			s := &services[i]
			if err := o.findOne(ctx, env, k, s); err != nil {
				env.Log.Warn("it is not known whether the image exists", "service", s.Name, "cause", err.Error())
			}
			return nil // one that is not found holds back no other
		})
	}
	_ = group.Wait() // none of them has an error
	all := len(services)
	services = slices.DeleteFunc(services, func(s wanted.Service) bool { return s.Digest == "" })
	env.Log.Info("looked for images that exist", "services", all, "found", len(services))
	if err := wanted.Write(o.found, services); err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.Stdout, len(services))
	return err
}

// findOne fills in the image of one service, where it exists.
func (o *options) findOne(ctx context.Context, env *step.Env, k *known, w *wanted.Service) error {
	one, files := *o, filepath.Join(o.recipes, wanted.Files)
	one.image, one.inputHash = w.Image, w.InputHash
	one.recipe = recipe.Options{
		Source: files, Context: filepath.Join(files, w.Context), Dockerfile: filepath.Join(files, w.Dockerfile),
		Target: w.Target, BuildArgs: slices.Concat(w.BuildArgs, o.recipe.BuildArgs),
	}
	log := env.Log.With("service", w.Name)
	s, err := one.search(ctx, k, log)
	if err != nil {
		return err
	}
	if _, err := s.find(ctx); err != nil || s.image == nil {
		return err
	}
	log.Info("the image exists", "image", s.image.String())
	w.Digest = s.image.DigestStr()
	if s.plan.Key != "" {
		w.KeyTag = wanted.KeyTagPrefix + s.plan.Key
	}
	return nil
}
