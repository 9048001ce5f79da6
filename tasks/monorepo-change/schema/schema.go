// SPDX-License-Identifier: Apache-2.0

// Package schema is the subcommand monorepo-change schema: it writes the JSON
// Schema of adze.yaml, with which editors complete and check the file.
//
// It is made of the declaration that the file is read by, so it knows the same
// keys as this version of the program.
package schema

import (
	"context"
	"fmt"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/step"
)

// Command is the subcommand.
func Command() step.Command {
	return step.Command{
		Name:    "schema",
		Summary: "write the JSON Schema of adze.yaml",
		New:     func() step.Options { return &options{} },
	}
}

type options struct{}

// AddFlags is part of step.Options.
func (o *options) AddFlags(*step.Flags) {}

// Validate is part of step.Options.
func (o *options) Validate() error { return nil }

// Run is part of step.Options.
func (o *options) Run(_ context.Context, env *step.Env) error {
	text, err := monorepo.Schema()
	if err != nil {
		return err
	}
	if _, err := env.Stdout.Write(text); err != nil {
		return fmt.Errorf("writing the schema: %w", err)
	}
	return nil
}
