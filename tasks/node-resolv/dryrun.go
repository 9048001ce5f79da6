// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
	"github.com/adze-ci/adze/tasks/node-resolv/preflight"
	"github.com/adze-ci/adze/tasks/node-resolv/resolvconf"
)

// dryRun shows what would be written.
func (a *agent) dryRun(ctx context.Context, w io.Writer) error {
	file, err := nodefile.Open(a.opts.etc(), resolvConf)
	if err != nil {
		return err
	}
	name, _ := parseName(a.opts.service) // Validate has seen it
	if a.service, err = a.api.ServiceAddresses(ctx, name); err != nil {
		return step.NoAnswer("reading the DNS Service: %w", err)
	}
	if err := a.mayInstall(ctx, file); err != nil {
		return err
	}
	before, err := file.Read()
	if err != nil {
		return err
	}
	foreign, _ := resolvconf.Strip(before)
	after := resolvconf.Install(foreign, a.service)
	a.log.Info(describe(file.NodePath(), after, a.service))
	_, err = w.Write(diff.Diff("a"+file.NodePath(), before, "b"+file.NodePath(), after))
	return err
}

// mayInstall asks once what the agent asks again and again.
func (a *agent) mayInstall(ctx context.Context, file *nodefile.File) error {
	check := a.opts.check(file.NodePath())
	check.Addresses = a.service
	if err := check.Run(ctx, a.api); errors.Is(err, preflight.ErrLoop) {
		return step.No("%w", err)
	} else if err != nil {
		return step.NoAnswer("finding out whether CoreDNS would forward to itself: %w", err)
	}
	for _, addr := range a.service {
		if err := a.health.ask(ctx, addr); err != nil {
			return step.No("it would not be installed: %w", err)
		}
	}
	if len(a.service) == 0 {
		return fmt.Errorf("the Service %s has no cluster IP", a.opts.service)
	}
	return nil
}
