// SPDX-License-Identifier: Apache-2.0

// Package reuse is the subcommand kaniko-build reuse: it asks the registry
// whether an image exists already, so that it need not be built.
//
// An image exists if the commit's own tag is there (--revision), or the tag of
// its build key. The key is a hash of all that decides what an image holds: the
// service's files, the Dockerfile's place, target, platform, build arguments, the
// executor and its arguments, the names of build secrets, how layers are written,
// and the digests that the images it begins with have now. Both tags are put by whoever judged the image, and only if it passed, in
// the service's own repository. An image that the gate has refused since is built
// again. What RUN lines fetch by themselves is in no key: --rebuild builds all the same.
//
// Where a key cannot be known (a base's name needs an argument without a value, a
// base cannot be looked up, ADD takes a URL without a checksum) the image is built.
//
// It runs before the build, with the registry's credentials, which the build has
// not. What it found goes on as results, and as a plan (package plan) in a
// folder that only it can write to.
//
// With --recipes it looks for the images of many services side by side, and tells
// in a file (package wanted) which exist. What cannot be found out there leaves a
// service out: it is asked again before its build.
//
// Results: outcome (build or reused), from (what to push: the layout that is yet
// to be built, or the image that exists), IMAGE_DIGEST (empty where it must be
// built) and key-tag.
package reuse

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/plan"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/result"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/wanted"
	"github.com/adze-ci/adze/tasks/kaniko-build/base"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

// Command is the subcommand.
func Command() step.Command {
	return step.Command{
		Name:    "reuse",
		Summary: "find out whether the image exists already",
		New:     func() step.Options { return &options{} },
	}
}

// The words of result outcome.
const (
	outcomeBuild  = "build"
	outcomeReused = "reused"
)

type options struct {
	recipe    recipe.Options
	extraArgs []string
	inputHash string
	image     string
	revision  string
	rebuild   bool
	from      string
	plan      string
	cache     string
	// recipes is the folder of many services' recipes, found the file of those
	// whose image exists.
	recipes, found string
	bases          base.Options
	registry       harbor.Options
	// pullConfig is a docker config for the bases alone.
	pullConfig string
	// What the build is told as well, and changes what it makes.
	executor, secrets       string
	ignored                 []string
	reproducible, rootOwned bool

	outcome, fromResult, digest, keyTag *result.Value
}

// AddFlags is part of step.Options.
func (o *options) AddFlags(f *step.Flags) {
	o.recipe.AddFlags(f)
	f.ArrayVar(&o.extraArgs, "extra-arg", "argument for Kaniko's executor; it is part of the key")
	f.StringVar(&o.executor, "executor", "/kaniko/executor", "Kaniko's executor; the hash of the program is part of the key")
	f.StringVar(&o.secrets, "build-secrets", "", "`DIR` of build secrets, a file each; their names are part of the key, what they hold is not")
	f.ArrayVar(&o.ignored, "ignore-path", "path that the build neither clears nor packs; it is part of the key")
	f.BoolVar(&o.reproducible, "reproducible", true, "whether the build fixes times; it is part of the key")
	f.BoolVar(&o.rootOwned, "root-owned", false, "whether the build makes the context's files root's; it is part of the key")
	f.StringVar(&o.recipes, "recipes", "", "`DIR` that monorepo-change --recipes wrote: look for the images of all services that it tells of")
	f.StringVar(&o.found, "found", "", "`FILE` to tell the gate of the services whose image exists, with --recipes")
	f.StringVar(&o.inputHash, "input-hash", "", "`HASH` of the service's files, as monorepo-change tells it; default: that of the files in the context")
	f.StringVar(&o.image, "image", "", "`REPOSITORY` that the image is for, with its registry and without a tag")
	f.StringVar(&o.revision, "revision", "", "`TAG` that the image will get; an image that has it is not built again")
	f.BoolVar(&o.rebuild, "rebuild", false, "build, whatever exists")
	f.StringVar(&o.from, "from", "", "`PATH` of the layout that the build will make, for the result from")
	f.StringVar(&o.plan, "plan", "", "`FILE` to tell the build and the push what was found; none by default")
	f.StringVar(&o.cache, "cache-repo", "", "`REPOSITORY` where builds keep layers for each other, for the plan; without a registry one beside the image; none by default")
	o.bases.AddFlags(f)
	f.StringVar(&o.pullConfig, "pull-config", "", "docker config `PATH` to look up base images with; default --docker-config")
	o.registry.AddFlags(f)
	o.outcome = f.Result("outcome", "build, or reused where the image exists")
	o.fromResult = f.Result("from", "what to push: --from, or repository@digest of the image that exists")
	o.digest = f.Result("IMAGE_DIGEST", "the digest of the image that exists; empty where it must be built")
	o.keyTag = f.Result("key-tag", "the tag under which a later run finds the image, to be put on it once it is judged; empty where there is none")
}

// Validate is part of step.Options.
func (o *options) Validate() error {
	if o.recipes != "" {
		return o.validateMany()
	}
	if o.image == "" {
		return errors.New("--image is missing")
	}
	if o.found != "" {
		return errors.New("--found goes with --recipes")
	}
	if err := errors.Join(o.recipe.Validate(), recipe.CheckExtra(o.extraArgs)); err != nil {
		return err
	}
	return o.registry.Validate()
}

// Run is part of step.Options.
func (o *options) Run(ctx context.Context, env *step.Env) error {
	client, _, err := o.registry.Client(env.Log)
	if err != nil {
		return err
	}
	k := o.known(client, env.Log)
	if o.recipes != "" {
		return o.many(ctx, env, k)
	}
	s, err := o.search(ctx, k, env.Log)
	if err != nil {
		return err
	}
	if s.plan.CacheRepository, err = o.cacheBeside(client, s.repo); err != nil {
		return err
	}
	if err := s.run(ctx); err != nil {
		return err
	}
	if o.plan != "" {
		if err := plan.Write(o.plan, &s.plan); err != nil {
			return err
		}
	}
	return o.tell(env, s.image, s.plan.Key)
}

// cacheBeside is the cache's full name. One without a registry lies where the
// image does: who may push one may push the other.
func (o *options) cacheBeside(client *registry.Client, image name.Repository) (string, error) {
	if o.cache == "" {
		return "", nil
	}
	full := o.cache
	if host, _, ok := strings.Cut(full, "/"); !ok || !strings.ContainsAny(host, ".:") && host != "localhost" {
		full = path.Join(path.Dir(image.Name()), full)
	}
	repo, err := client.Repository(full)
	if err == nil && repo.Name() == image.Name() {
		err = step.Misuse("--cache-repo=%s is the image's own repository", o.cache)
	}
	return repo.Name(), err
}

// tell hands on what was found: the image that exists, or nil.
func (o *options) tell(env *step.Env, found *name.Digest, key string) error {
	outcome, from, digest := outcomeBuild, o.from, ""
	if found != nil {
		env.Log.Info("the image exists, so nothing is built", "image", found.String())
		outcome, from, digest = outcomeReused, found.String(), found.DigestStr()
	}
	o.outcome.Set(outcome)
	o.fromResult.Set(from)
	o.digest.Set(digest)
	o.keyTag.Set("")
	if key != "" {
		o.keyTag.Set(wanted.KeyTagPrefix + key)
	}
	_, err := fmt.Fprintln(env.Stdout, outcome)
	return err
}
