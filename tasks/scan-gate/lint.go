// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
)

// lint is the subcommand that checks a policy file.
func lint() step.Command {
	return step.Command{
		Name: "lint", Args: "POLICY", Summary: "check a policy file",
		New: func() step.Options { return &lintOptions{now: time.Now} },
	}
}

type lintOptions struct {
	file string
	now  func() time.Time
}

func (*lintOptions) AddFlags(*step.Flags) {}

func (o *lintOptions) SetArgs(args []string) error {
	if len(args) != 1 || args[0] == "" {
		return errors.New("want one POLICY, a file or a folder with policy.yaml")
	}
	o.file = args[0]
	return nil
}

func (*lintOptions) Validate() error { return nil }

// Run says what the policy does. What is likely not meant is a warning.
func (o *lintOptions) Run(_ context.Context, env *step.Env) error {
	p, err := policy.Load(o.file)
	if err != nil {
		return err
	}
	for _, warning := range p.Lint(o.now()) {
		env.Log.Warn(warning)
	}
	_, err = fmt.Fprintf(env.Stdout, "%s; exceptions: %d, rules: %d, OpenVEX documents: %d; %s\n", p, len(p.Ignore), len(p.Rules), len(p.VEX), p.Digest())
	return err
}
