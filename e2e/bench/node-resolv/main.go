// SPDX-License-Identifier: Apache-2.0

// Node-resolv measures how soon a node follows its DNS Service, and what that
// costs at rest, beside the shell loop that asks with kubectl every 60 seconds
// and writes the file anew.
//
// Both follow one Service of an API server's stand-in, each in folders of its
// own, in a network namespace that has nothing but loopback. First nothing
// changes for as long as --rest says, while processor time is counted; then the
// Service gets another cluster IP time and again, and the time until the file
// names it is taken. Several loops run, at different seconds of the minute.
//
// With --write the table in the README of node-resolv is replaced by what was
// measured. A node-resolv that needs a second to follow, 5m of a CPU or 24 MiB
// ends the program.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/adze-ci/adze/e2e/measure"
	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/internal/run"
	"github.com/adze-ci/adze/internal/step"
)

func main() {
	step.Main(step.Command{
		Name: "bench", Summary: "measure node-resolv beside a shell loop",
		New: func() step.Options { return &bench{} },
		Commands: []step.Command{
			measure.PeakCommand(),
			{Name: "world", Summary: "measure in a network of its own; bench calls it", New: func() step.Options { return &world{} }},
		},
	})
}

// bench is one run of it.
type bench struct {
	world
	write bool

	root, work string
	progress   io.Writer
}

// AddFlags is part of step.Options.
func (b *bench) AddFlags(f *step.Flags) {
	f.DurationVar(&b.rest, "rest", time.Minute, "for how long nothing changes while processor time is counted; the README's table has 10m")
	f.IntVar(&b.changes, "changes", 20, "how often the Service changes for node-resolv; for the loops it does twice")
	f.BoolVar(&b.write, "write", false, "replace the table in the README of node-resolv")
}

// Validate is part of step.Options.
func (b *bench) Validate() error {
	if b.rest < time.Second || b.changes < 1 {
		return errors.New("nothing is to be measured")
	}
	return nil
}

// Run is part of step.Options.
func (b *bench) Run(ctx context.Context, env *step.Env) error {
	b.progress = env.Stderr
	err := b.prepare(ctx)
	defer os.RemoveAll(b.work) //nolint:errcheck // a temporary folder
	if err != nil {
		return err
	}
	found, err := b.measure(ctx)
	if err != nil {
		return err
	}
	text := document(found)
	return errors.Join(measure.Publish(env.Stdout, text, filepath.Join(b.root, readme), b.write), found.verdict())
}

// prepare builds what is measured, and makes a folder to work in.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.root, err = tools.Root(); err != nil {
		return err
	}
	if b.kubectl, err = tools.Program(ctx, "kubernetes", "kubectl"); err != nil {
		return err
	}
	if b.work, err = os.MkdirTemp("", "adze-bench-"); err != nil {
		return err
	}
	b.nodeResolv = filepath.Join(b.work, "node-resolv")
	return progress.Do(b.progress, "building node-resolv", func() error {
		return run.Command{Path: "go", Args: []string{"build", "-o", b.nodeResolv, "./cmd/node-resolv"}, Dir: b.root}.Run(ctx)
	})
}

// measure runs this program again in a network namespace, and reads what it found.
func (b *bench) measure(ctx context.Context) (found result, err error) {
	var text []byte
	err = progress.Do(b.progress, "measuring", func() error {
		text, err = enter(ctx, b.work, b.args())
		return err
	})
	if err != nil {
		return result{}, err
	}
	return found, json.Unmarshal(text, &found)
}
