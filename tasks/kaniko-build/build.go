// SPDX-License-Identifier: Apache-2.0

// Package kanikobuild builds an image with Kaniko's executor and leaves it in an
// OCI layout. The executor pushes to a registry on loopback that is ours (package
// dock), so the container in which a Dockerfile's RUN lines run needs no
// credentials, and layers that the target's registry has are left out.
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
	"fmt"
	"strconv"
	"time"

	"github.com/adze-ci/adze/internal/plan"
	"github.com/adze-ci/adze/internal/run"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
	"github.com/adze-ci/adze/tasks/kaniko-build/retag"
	"github.com/adze-ci/adze/tasks/kaniko-build/reuse"
)

// Command is the binary.
func Command() step.Command {
	return step.Command{
		Name:     "kaniko-build",
		Summary:  "build an image with Kaniko into an OCI layout",
		New:      func() step.Options { return &options{} },
		Commands: []step.Command{reuse.Command(), retag.Command()},
	}
}

// Run is part of step.Options. However it ends, result outcome tells it.
func (o *options) Run(ctx context.Context, env *step.Env) error {
	err := o.run(ctx, env)
	switch {
	case err == nil:
	case o.kind != "":
		o.outcome.Set(string(o.kind))
	case step.CodeOf(err) == step.CodeMisused:
		o.outcome.Set(string(kindMisuse))
	default:
		o.outcome.Set(string(kindExecutor))
	}
	return err
}

func (o *options) run(ctx context.Context, env *step.Env) error {
	if o.reused != "" {
		return o.leave(env)
	}
	r, err := o.recipe.Find(ctx)
	if err != nil {
		return err
	}
	instructions, err := r.Instructions()
	if err != nil {
		o.kind = kindDockerfile
		return err
	}
	if err := o.resolve(r); err != nil {
		return err
	}
	stages := stagesOf(instructions)
	known, err := o.readPlan()
	if err != nil {
		return err
	}
	findBases(r, stages, known)
	if f, err := o.preflight(r, stages, env.Log); err != nil {
		return err
	} else if f != nil {
		return o.fail(f)
	}
	return o.build(ctx, env, r, stages, known)
}

// build is what follows once nothing is known to stand against it.
func (o *options) build(ctx context.Context, env *step.Env, r *recipe.Recipe, stages []stage, known *plan.Plan) error {
	target := targetOf(stages, r.Target)
	secrets, err := placeSecrets(o.secrets, secretsDir)
	if err != nil {
		return err
	}
	defer secrets.remove() //nolint:errcheck // the container ends next
	if err := secrets.check(stages[:target+1]); err != nil {
		o.kind = kindDockerfile
		return err
	}
	o.placed = secrets.paths()
	h, err := o.openHandover(ctx, env.Log, r, stages, known)
	if err != nil {
		return err
	}
	defer h.close() //nolint:errcheck // closed before anything is read from it
	if o.rootOwned {
		if err := own(r.Context, 0, 0); err != nil {
			return o.fail(&failure{kind: kindContext, text: err.Error(), hint: "the step must run as root with the capability CHOWN, where --root-owned is given", err: err})
		}
	}
	env.Log.Info("building", "dockerfile", r.Dockerfile, "context", r.Context, "target", r.Target)
	began, view := time.Now(), newView(env.Log, stages, target)
	view.secrets = secrets.words
	if err := o.execute(ctx, r, h, view); err != nil {
		return err
	}
	return o.finish(ctx, env, h, began)
}

// grace is how long output is waited for after SIGTERM. The executor ends at
// once; a RUN line that it left behind, in a process group of its own, may hold
// the output open until the container ends.
const grace = 3 * time.Second

// execute runs the executor and says what a failure was.
func (o *options) execute(ctx context.Context, r *recipe.Recipe, h *handover, view *view) error {
	credentials, remove, err := o.dockerConfig()
	if err != nil {
		return err
	}
	defer remove() //nolint:errcheck // the container ends next
	environ, err := o.environ(credentials)
	if err != nil {
		return err
	}
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	killed, _ := oomKills(cgroups)
	left, err := adopt()
	if err != nil {
		return fmt.Errorf("preparing to end what the build leaves running: %w", err)
	}
	stop := view.heartbeat()
	err = run.Command{Path: o.executor, Args: o.args(r, h), Env: environ, Stdout: view, Stderr: view, Grace: grace, Secrets: view.secrets}.Run(ctx)
	stop()
	left.end()
	view.flush()
	if err == nil || endedWell(err) {
		return nil
	}
	now, told := oomKills(cgroups)
	return o.fail(classify(ending{err: err, view: view, recipe: r, outOfMemory: now > killed, untold: !told, timeout: o.timeout}))
}

func (o *options) fail(f *failure) error {
	o.kind = f.kind
	return step.Hint(f, "%s", f.hint)
}

// finish tells what was built.
func (o *options) finish(ctx context.Context, env *step.Env, h *handover, began time.Time) error {
	image, err := h.finish(ctx)
	if err != nil {
		return o.fail(notTaken(ctx, err))
	}
	o.imageURL.Set(o.image)
	o.outcome.Set(outcomeBuilt)
	o.imageDigest.Set(image.Digest.String())
	took := time.Since(began).Round(time.Second)
	o.imageSize.Set(strconv.FormatInt(image.Bytes, 10))
	o.layersWritten.Set(strconv.Itoa(image.Written))
	o.duration.Set(strconv.Itoa(int(took.Seconds())))
	env.Log.Info("built", "digest", image.Digest.String(), "layout", o.layout, "tarball", o.tarPath,
		"bytes", image.Bytes, "layers", image.Layers, "written", image.Written, "bytes-written", image.WrittenBytes, "took", took.String())
	_, err = fmt.Fprintln(env.Stdout, image.Digest)
	return err
}
