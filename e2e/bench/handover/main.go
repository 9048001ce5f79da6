// SPDX-License-Identifier: Apache-2.0

// Handover measures what it costs that Kaniko pushes to no registry: kaniko-build
// takes the image from it on loopback, and harbor-push brings it where it belongs.
// Beside that stands the same executor of Kaniko with the same arguments that pushes
// by itself, as it would with a password in its container.
//
// Two images are built: one of a gigabyte of new files in eight layers that do not
// compress, and one that adds a small file to that. Each build has a root of its own,
// with namespaces for its mounts and processes, in which the folders that steps of a
// Pod share are mounts. The registry is distribution, with TLS and on loopback, started
// anew with an empty folder for each run. What is measured of kaniko-build is all three
// steps: reuse, which tells what a base holds, the build, and the push.
//
// Kaniko's pushes are measured as it is by itself, and with its --reproducible, which
// does what kaniko-build does unless told otherwise: it fixes times.
//
// Processor time and memory are those of the processes that a way starts; memory is
// that of the largest. How long it took is left out: that depends on who else uses the
// machine more than on the way. Bytes are those of its connections to the registry in both
// directions, and those of the layout between build and push.
//
// It needs root, and takes 6 GB in TMPDIR. With --write the second table in the README
// of kaniko-build is replaced by what was measured.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/adze-ci/adze/e2e/measure"
	"github.com/adze-ci/adze/e2e/measure/counted"
	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/internal/run"
	"github.com/adze-ci/adze/internal/step"
)

func main() {
	step.Main(step.Command{
		Name: "bench", Summary: "measure what handing an image over costs",
		New:      func() step.Options { return &bench{} },
		Commands: []step.Command{measure.PeakCommand()},
	})
}

// defaultBytes is how much the files of the README's table have together.
const defaultBytes = 1_000_000_000

// bench is one run of it.
type bench struct {
	bytes int64
	runs  int
	write bool

	registry string
	identity counted.Identity
	// root is the repository's, work a folder for all that is temporary.
	root, work string
	progress   io.Writer
}

// AddFlags is part of step.Options.
func (b *bench) AddFlags(f *step.Flags) {
	f.Int64Var(&b.bytes, "bytes", defaultBytes, "how many bytes the files have together")
	f.IntVar(&b.runs, "runs", 3, "how often each way is measured; the median counts")
	f.BoolVar(&b.write, "write", false, "replace the second table in the README of kaniko-build")
}

// Validate is part of step.Options.
func (b *bench) Validate() error {
	if b.runs < 1 || b.bytes < layers {
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
	var all []row
	for _, t := range tasks() {
		rows, err := b.measure(ctx, t)
		if err != nil {
			return err
		}
		all = append(all, rows...)
	}
	version, err := run.Command{Path: "go", Args: []string{"list", "-m", "-f", "{{.Version}}", "github.com/chainguard-dev/kaniko"}, Dir: filepath.Join(b.root, "e2e", "tools", "kaniko")}.Output(ctx)
	if err != nil {
		return err
	}
	text := document(strings.TrimSpace(string(version)), counted.Place(b.work), b.bytes, all)
	return errors.Join(measure.Publish(env.Stdout, text, filepath.Join(b.root, readme), b.write), verdict(all, b.bytes))
}

// prepare builds the programs, and makes a folder to work in and the contexts.
func (b *bench) prepare(ctx context.Context) error {
	var err error
	if b.root, err = tools.Root(); err != nil {
		return err
	}
	if b.registry, err = tools.Program(ctx, "registry", "registry"); err != nil {
		return err
	}
	executor, err := tools.Program(ctx, "kaniko", "executor")
	if err != nil {
		return err
	}
	if b.work, err = os.MkdirTemp("", "adze-bench-"); err != nil {
		return err
	}
	if b.identity, err = counted.NewIdentity(b.work); err != nil {
		return err
	}
	err = progress.Do(b.progress, "building kaniko-build and harbor-push", func() error {
		return run.Command{Path: "go", Args: []string{"build", "-o", b.programs() + "/", "./cmd/kaniko-build", "./cmd/harbor-push"}, Dir: b.root, Env: append(os.Environ(), "CGO_ENABLED=0")}.Run(ctx)
	})
	if err != nil {
		return err
	}
	if err := copyFile(executor, filepath.Join(b.programs(), "executor")); err != nil {
		return err
	}
	return progress.Do(b.progress, "making the files and the base", func() error {
		return errors.Join(makeContexts(b.work, b.bytes), b.makeBase(ctx))
	})
}

// programs is the folder of what runs in containers.
func (b *bench) programs() string { return filepath.Join(b.work, "programs") }
