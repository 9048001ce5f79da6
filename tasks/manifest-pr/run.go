// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"context"
	"errors"
	"io"
	"log/slog"

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
	if err := o.proposeAll(ctx, env, all); err != nil {
		return errors.Join(err, all.fail(err, o, env))
	}
	return all.finish(o, env)
}

// proposeAll fills in what becomes of every service. It fails where that holds for
// all of them.
func (o *options) proposeAll(ctx context.Context, env *step.Env, all *tally) error {
	images, err := o.registry.Client(env.Log)
	if err != nil {
		return err
	}
	handle, from, err := o.target(env, images)
	if err != nil {
		return err
	}
	defer from.Close() //nolint:errcheck // it was only read
	known, err := o.readCatalog(ctx, from)
	if err != nil {
		return err
	}
	handle(ctx, o.units(ctx, known, images, all, env.Log), func(u propose.Unit, a end) {
		for _, service := range u.Services {
			l := all.of(service.Name)
			l.settle(a)
			l.log(env.Log)
		}
	})
	return nil
}

// handler makes the manifests of units name their images, each unit for itself,
// and says what became of it.
type handler func(ctx context.Context, units []propose.Unit, done func(propose.Unit, end))

// end is what became of a unit.
type end struct {
	propose.Outcome
	// edits are what is done to a folder.
	edits []edit
	err   error
}

// origin is what a run reads its sources from.
type origin interface {
	sources
	io.Closer
}

// target says where manifests are edited: on the forge, or in a folder.
func (o *options) target(env *step.Env, images *registry.Client) (handler, origin, error) {
	if o.local() != "" {
		return o.checkout(env)
	}
	repo, err := o.repository(env.Log)
	if err != nil {
		return nil, nil, err
	}
	repo.Built = o.built(images)
	return at(repo), atCommit{repo, o.revision}, nil
}

// repository is that of the manifests at the forge.
func (o *options) repository(log *slog.Logger) (*propose.Repository, error) {
	client := propose.ClientOptions{APIURL: o.apiURL, CAFiles: o.registry.CAFiles, Deadline: o.deadline, Log: log}
	auth, err := o.credentials.auth(&client, o.repo, o.sourceRepo)
	if err != nil {
		return nil, err
	}
	github, err := propose.NewClient(client, auth)
	if err != nil {
		return nil, err
	}
	repo, err := propose.NewRepository(github, o.repo, o.sourceRepo, o.baseBranch, log)
	if err != nil {
		return nil, err
	}
	repo.SourceBranch, repo.Look = o.sourceBranch, o.presentation.look
	return repo, nil
}

// at proposes at the forge.
func at(repo *propose.Repository) handler {
	return func(ctx context.Context, units []propose.Unit, done func(propose.Unit, end)) {
		inTurn(ctx, units, repo.Log, func(ctx context.Context, u propose.Unit, log *slog.Logger) end {
			out, err := repo.Telling(log).Propose(ctx, u)
			return end{Outcome: out, err: err}
		}, done)
	}
}

// units are what is proposed. A service without an image is in none, and its
// line says why.
func (o *options) units(ctx context.Context, known catalog, images *registry.Client, all *tally, log *slog.Logger) []propose.Unit {
	var services []manifests.Service
	for _, name := range o.services {
		s, err := o.service(ctx, known, images, name)
		l := line{Service: name}
		if err != nil {
			l.settle(end{err: err})
			l.log(log)
		} else {
			l.Image = s.Image.Reference()
			o.readSummary(ctx, images, s, log)
			services = append(services, s)
		}
		all.lines = append(all.lines, l)
	}
	return o.grouped(services)
}

func kindOf(err error) propose.Kind {
	var refusal *manifest.Refusal
	switch {
	case errors.Is(err, registry.ErrAbsent):
		return heldBack
	case step.CodeOf(err) == step.CodeNoAnswer:
		return unanswered
	case errors.As(err, &refusal), errors.Is(err, propose.ErrForeign), errors.Is(err, propose.ErrDeclined):
		return refused
	default:
		return failed
	}
}
