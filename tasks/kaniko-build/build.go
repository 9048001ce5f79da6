// SPDX-License-Identifier: Apache-2.0

// Package kanikobuild builds an image with Kaniko's executor and leaves it in an
// OCI layout. It does not push, so the container in which a Dockerfile's RUN
// lines run needs no credentials.
//
// What to build is a service of adze.yaml (--service, --source), or a folder
// (--context, --dockerfile). The executor's log is shown instruction by
// instruction, with a sign of life while an instruction is silent. A failure is
// told by its kind (see failure.go), with the Dockerfile's line, the last output
// and what to do about it. SIGTERM ends the executor and all that it started.
//
// The executor clears the container's root file system between stages. Mounts
// survive that, and so do /kaniko, the context, the layout and our own binary,
// which are named to it as paths to ignore. It must run as root in a container
// of its own: see the capabilities in stepaction.yaml.
//
// Results: IMAGE_URL, IMAGE_DIGEST and outcome (built, or the kind of failure).
// The Dockerfile's RUN lines run as root beside this process and could forge
// them: they are for people. Whoever decides asks a registry.
package kanikobuild

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/adze-ci/adze/internal/result"
	"github.com/adze-ci/adze/internal/run"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
	"github.com/adze-ci/adze/tasks/kaniko-build/reuse"
)

// Command is the binary.
func Command() step.Command {
	return step.Command{
		Name:     "kaniko-build",
		Summary:  "build an image with Kaniko into an OCI layout",
		New:      func() step.Options { return &options{} },
		Commands: []step.Command{reuse.Command()},
	}
}

type options struct {
	recipe                 recipe.Options
	extraArgs              []string
	image, url, revision   string
	created                string
	layout, tarPath        string
	mirrors, maps, ignored []string
	caFiles                []string
	reused                 string
	executor               string
	timeout                time.Duration

	imageURL, imageDigest, outcome *result.Value
}

func (o *options) AddFlags(f *step.Flags) {
	o.recipe.AddFlags(f)
	f.ArrayVar(&o.extraArgs, "extra-arg", "argument for Kaniko's executor, after all others")
	f.StringVar(&o.image, "image", "", "`REPOSITORY` that the image is for: result IMAGE_URL, and the name in --tar-path")
	f.StringVar(&o.url, "url", "", "label org.opencontainers.image.source: `URL` of the repository")
	f.StringVar(&o.revision, "revision", "", "label org.opencontainers.image.revision: `SHA` of the commit")
	f.StringVar(&o.created, "created", "", "label org.opencontainers.image.created: `TIME` of the commit, as RFC 3339")
	f.StringVar(&o.layout, "layout", "", "`DIR` to leave the OCI layout in; made or replaced")
	f.StringVar(&o.tarPath, "tar-path", "", "`FILE` to leave a docker tarball in")
	f.ArrayVar(&o.mirrors, "registry-mirror", "registry to pull docker.io's images from, the first that has an image counts")
	f.ArrayVar(&o.maps, "registry-map", "registry to pull another's images from, as OLD=NEW")
	f.StringArrayVar(&o.caFiles, "ca-file", nil, "PEM `FILE`, or folder of .crt and .pem files, of authorities to trust when pulling; repeatable")
	f.ArrayVar(&o.ignored, "ignore-path", "path that the build neither clears nor packs, beyond mounts and what is ours")
	f.StringVar(&o.reused, "reused", "", "`DIGEST` of an image that exists, as kaniko-build reuse tells it; then nothing is built")
	f.StringVar(&o.executor, "executor", "/kaniko/executor", "Kaniko's executor")
	f.DurationVar(&o.timeout, "timeout", 0, "how long the build may take; 0 for no limit")
	o.imageURL = f.Result("IMAGE_URL", "the repository that the image is for")
	o.imageDigest = f.Result("IMAGE_DIGEST", "the digest of the image in the layout")
	o.outcome = f.Result("outcome", "built, reused, or what failed: dockerfile, run, context, pull, memory, disk, output, timeout, cancelled or executor")
}

func (o *options) Validate() error {
	if err := o.recipe.Validate(); err != nil {
		return err
	}
	switch {
	case o.layout == "" && o.tarPath == "":
		return errors.New("give --layout or --tar-path: the image must go somewhere")
	case o.timeout < 0:
		return fmt.Errorf("--timeout=%s is negative", o.timeout)
	}
	if o.created == "" {
		return nil
	}
	if _, err := time.Parse(time.RFC3339, o.created); err != nil {
		return fmt.Errorf("--created=%q is no RFC 3339 time", o.created)
	}
	return nil
}

func (o *options) Run(ctx context.Context, env *step.Env) error {
	if o.reused != "" {
		return o.leave(env)
	}
	r, err := o.recipe.Find(ctx)
	if err != nil {
		return err
	}
	instructions, err := r.Instructions()
	if err != nil {
		o.outcome.Set(string(kindDockerfile))
		return err
	}
	if err := o.resolve(r); err != nil {
		return err
	}
	if f, err := o.preflight(r, instructions, env.Log); err != nil {
		return err
	} else if f != nil {
		return o.fail(f)
	}
	if err := prepareLayout(o.layout); err != nil {
		return err
	}
	environ, err := o.environ()
	if err != nil {
		return err
	}
	env.Log.Info("building", "dockerfile", r.Dockerfile, "context", r.Context, "target", r.Target, "instructions", len(instructions))
	if err := o.execute(ctx, env, r, newView(env.Log, instructions), environ); err != nil {
		return err
	}
	return o.finish(env)
}

// grace is how long output is waited for after SIGTERM. The executor ends at
// once; a RUN line that it left behind, in a process group of its own, may hold
// the output open until the container ends.
const grace = 3 * time.Second

// execute runs the executor and says what a failure was.
func (o *options) execute(ctx context.Context, env *step.Env, r *recipe.Recipe, view *view, environ []string) error {
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	killed, _ := oomKills()
	stop := view.heartbeat(heartbeatEvery)
	err := run.Command{Path: o.executor, Args: o.args(r), Env: environ, Stdout: view, Stderr: view, Grace: grace}.Run(ctx)
	stop()
	view.flush()
	if err == nil {
		return nil
	}
	now, told := oomKills()
	return o.fail(classify(ending{err: err, view: view, recipe: r, outOfMemory: now > killed, untold: !told, timeout: o.timeout}))
}

func (o *options) fail(f *failure) error {
	o.outcome.Set(string(f.kind))
	return step.Hint(f, "%s", f.hint)
}

// finish opens the layout for the next step and tells what was built.
func (o *options) finish(env *step.Env) error {
	o.imageURL.Set(o.image)
	o.outcome.Set(outcomeBuilt)
	if o.layout == "" {
		env.Log.Info("built", "tarball", o.tarPath)
		return nil
	}
	digest, size, err := openUp(o.layout)
	if err != nil {
		o.outcome.Set(string(kindOutput))
		return fmt.Errorf("reading what Kaniko left in %s: %w", o.layout, err)
	}
	o.imageDigest.Set(digest)
	env.Log.Info("built", "digest", digest, "layout", o.layout, "bytes", size)
	_, err = fmt.Fprintln(env.Stdout, digest)
	return err
}
