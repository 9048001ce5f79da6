// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"context"
	"errors"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
)

func refreshCommand() step.Command {
	return step.Command{
		Name:    "refresh",
		Summary: "applies open pull requests anew whose base has moved, closes those it has overtaken, and deletes the branches of merged ones",
		New:     func() step.Options { return &refresh{} },
	}
}

// refresh are the flags of the subcommand, which needs no more than the forge.
type refresh struct{ options }

// AddFlags declares the flags and results.
func (o *refresh) AddFlags(f *step.Flags) {
	o.addForgeFlags(f)
	f.StringArrayVar(&o.registry.CAFiles, "ca-file", nil, "PEM `FILE`, or folder of .crt and .pem files, of authorities to trust besides the system's; repeatable")
	o.results.declare(f)
}

// Validate checks the flags.
func (o *refresh) Validate() error { return o.validateForge() }

// Run refreshes all open pull requests, whatever becomes of the others: one that
// cannot be read fails the run once they are done.
func (o *refresh) Run(ctx context.Context, env *step.Env) error {
	repo, err := o.repository(env.Log)
	if err != nil {
		return err
	}
	all := &tally{}
	units, unread := repo.Standing(ctx)
	if unread != nil && units == nil {
		return unread
	}
	if err := o.results.reserve(servicesOf(units), o.apiURL+"/"+o.repo); err != nil {
		return err
	}
	at(repo)(ctx, units, func(u propose.Unit, a end) {
		for _, s := range u.Services {
			l := line{Service: s.Name, Image: s.Image.Reference()}
			l.settle(a)
			l.log(env.Log)
			all.lines = append(all.lines, l)
		}
	})
	return errors.Join(unread, all.finish(&o.options, env), repo.Sweep(ctx))
}

func servicesOf(units []propose.Unit) []string {
	var all []string
	for _, u := range units {
		for _, s := range u.Services {
			all = append(all, s.Name)
		}
	}
	return all
}
