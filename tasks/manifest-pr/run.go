// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/adze-ci/adze/internal/manifest"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
)

// Run proposes every service's image, whatever becomes of the others.
func (o *options) Run(ctx context.Context, env *step.Env) error {
	all := &tally{}
	if len(o.services) == 0 {
		env.Log.Info("no service was built, so there is nothing to propose")
		return all.finish(o, env)
	}
	if err := o.results.reserve(o.services, o.apiURL+"/"+o.repo); err != nil {
		return err
	}
	handle, from, err := o.target(env)
	if err != nil {
		return err
	}
	defer from.Close() //nolint:errcheck // it was only read
	known, err := o.readCatalog(ctx, from)
	if err != nil {
		return err
	}
	images, err := o.registry.Client(env.Log)
	if err != nil {
		return err
	}
	for _, name := range o.services {
		line := o.one(ctx, known, images, name, handle)
		line.log(env.Log)
		all.lines = append(all.lines, line)
	}
	return all.finish(o, env)
}

// handler makes the manifests of one service name its image.
type handler func(context.Context, manifests.Service) (propose.Outcome, error)

// origin is what a run reads its sources from.
type origin interface {
	sources
	io.Closer
}

// target says where manifests are edited: on the forge, or nowhere in a dry run.
func (o *options) target(env *step.Env) (handler, origin, error) {
	if o.dryRun != "" {
		folder, err := manifests.OpenFolder(o.dryRun)
		if err != nil {
			return nil, nil, step.Misuse("--dry-run: %w", err)
		}
		out := env.Stdout
		if o.output == "json" {
			out = io.Discard
		}
		return dryRun{folder, out, env.Log}.show, onDisk{folder}, nil
	}
	client := propose.ClientOptions{APIURL: o.apiURL, CAFiles: o.registry.CAFiles, Timeout: o.apiTimeout, Log: env.Log}
	auth, err := o.credentials.auth(client, o.repo)
	if err != nil {
		return nil, nil, err
	}
	github, err := propose.NewClient(client, auth)
	if err != nil {
		return nil, nil, err
	}
	repo, err := propose.NewRepository(github, o.repo, o.sourceRepo, o.baseBranch, env.Log)
	if err != nil {
		return nil, nil, err
	}
	alone := func(ctx context.Context, s manifests.Service) (propose.Outcome, error) {
		return repo.Propose(ctx, propose.Alone(s))
	}
	return alone, atCommit{repo, o.revision}, nil
}

// one handles a single service and says what became of it.
func (o *options) one(ctx context.Context, known catalog, images *registry.Client, name string, handle handler) line {
	l := line{Service: name}
	s, err := o.service(ctx, known, images, name)
	if errors.Is(err, registry.ErrAbsent) {
		l.Outcome, l.Reason = heldBack, err.Error()
		return l
	}
	if err == nil {
		l.Image = s.Image.Reference()
		var out propose.Outcome
		if out, err = handle(ctx, s); err == nil {
			l.Outcome, l.URL, l.Number, l.By = out.Kind, out.URL, out.Number, out.By
			return l
		}
	}
	l.err, l.Reason, l.Outcome = fmt.Errorf("service %s: %w", name, err), err.Error(), kindOf(err)
	return l
}

func kindOf(err error) propose.Kind {
	var refusal *manifest.Refusal
	switch {
	case step.CodeOf(err) == step.CodeNoAnswer:
		return unanswered
	case errors.As(err, &refusal), errors.Is(err, propose.ErrForeign):
		return refused
	default:
		return failed
	}
}
