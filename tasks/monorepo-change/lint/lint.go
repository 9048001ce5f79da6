// SPDX-License-Identifier: Apache-2.0

// Package lint is the subcommand monorepo-change lint: it finds what in
// adze.yaml, in Dockerfiles and among the files of services is probably not
// meant, or keeps a service from being built or from being noticed.
//
// It reads one commit, its folders and the files that the graph needs, and says
// of each finding where it is, which rule found it, and what to do. An error is
// what makes an answer or a build wrong or fail, a warning what makes it wider
// or narrower than it could be. Where there is an error the answer is no.
package lint

import (
	"context"
	"fmt"
	"io"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/monorepo-change/origin"
)

// Command is the subcommand.
func Command() step.Command {
	return step.Command{
		Name:    "lint",
		Summary: "what in adze.yaml and around it is probably not meant",
		New:     func() step.Options { return &options{} },
	}
}

type options struct {
	origin origin.Options
	output string
	strict bool
}

// AddFlags is part of step.Options.
func (o *options) AddFlags(f *step.Flags) {
	o.origin.AddFlags(f, "`commit` to read: a full id, branch, tag or ref")
	f.BoolVar(&o.strict, "strict", false, "take warnings for errors")
	f.ChoiceVar(&o.output, "output", "text", []string{"text", "json"}, "how the findings are written to stdout")
}

// Validate is part of step.Options.
func (o *options) Validate() error { return o.origin.Validate() }

// Run is part of step.Options.
func (o *options) Run(ctx context.Context, env *step.Env) error {
	scanned, err := o.origin.Scan(ctx, env.Log)
	if err != nil {
		return err
	}
	repo, err := survey(ctx, scanned)
	if err != nil {
		return fmt.Errorf("reading what is to be checked: %w", err)
	}
	r := newReport(scanned.ID.String(), len(scanned.Services.All), repo.check(), o.strict)
	text := r.text()
	if o.output == "json" {
		if text, err = step.JSON(r); err != nil {
			return fmt.Errorf("writing the findings: %w", err)
		}
	}
	if _, err := io.WriteString(env.Stdout, text); err != nil {
		return fmt.Errorf("writing the findings: %w", err)
	}
	if r.Errors > 0 {
		return step.No("%s", r.total())
	}
	return nil
}
