// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/node-resolv/apart"
)

// world is the subcommand that measures, in a network namespace and with the
// working folder to itself. It writes a result as JSON.
type world struct {
	nodeResolv, kubectl string
	rest                time.Duration
	changes             int
}

// AddFlags is part of step.Options.
func (w *world) AddFlags(f *step.Flags) {
	f.StringVar(&w.nodeResolv, "node-resolv", "", "`FILE` to measure")
	f.StringVar(&w.kubectl, "kubectl", "", "`FILE` that the loop asks with")
	f.DurationVar(&w.rest, "rest", time.Minute, "for how long nothing changes")
	f.IntVar(&w.changes, "changes", 1, "how often the Service changes")
}

// args are the flags that make the subcommand like w.
func (w *world) args() []string {
	return []string{"world", "--node-resolv", w.nodeResolv, "--kubectl", w.kubectl, "--rest", w.rest.String(), "--changes", strconv.Itoa(w.changes)}
}

// Validate is part of step.Options.
func (w *world) Validate() error { return nil }

// Run is part of step.Options.
func (w *world) Run(ctx context.Context, env *step.Env) error {
	if err := apart.Loopback(); err != nil {
		return err
	}
	api := newAPI(address(0))
	if err := api.serve(ctx); err != nil {
		return err
	}
	for i := range 2 {
		if err := serveDNS(ctx, address(i)); err != nil {
			return err
		}
	}
	found, err := w.measure(ctx, api)
	if err != nil {
		return err
	}
	return json.NewEncoder(env.Stdout).Encode(found)
}

// enter runs this program in a network namespace of its own, and gives its
// output.
func enter(ctx context.Context, dir string, args []string) ([]byte, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Dir = dir
	cmd.SysProcAttr = apart.Namespaces(syscall.CLONE_NEWNET)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("measuring: %w: %s", err, stderr.String())
	}
	return out, nil
}
