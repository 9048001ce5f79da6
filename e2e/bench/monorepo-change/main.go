// SPDX-License-Identifier: Apache-2.0

// Monorepo-change measures what it costs to learn which services a push
// affects, beside what one would use instead.
//
// It makes monorepos of several sizes, has git serve them over HTTP as a forge
// does, from one pack with bitmaps and a commit graph, and lets each way find
// out what a push of twenty commits changed: the same repository, server and
// push, one way after the other, several times. A way whose answer is not that
// of the others ends the run. Time and memory are those of the processes that a
// way starts, bytes and requests those that the server saw; each request can be
// made to wait, as it would on the way to a forge.
//
// The repositories are kept in ${XDG_CACHE_HOME:-~/.cache}/adze/bench; the
// largest takes 400 MB; clones come and go in TMPDIR, up to 2 GB. With --write the table in the README of monorepo-change
// is replaced by what was measured.
package main

import (
	"context"
	"fmt"
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
		Name: "bench", Summary: "measure monorepo-change beside what one would use instead",
		New:      func() step.Options { return &bench{} },
		Commands: []step.Command{measure.PeakCommand()},
	})
}

// sizes are how many files the monorepos of the README's table have.
var sizes = []int{2_000, 20_000, 200_000, 1_000_000}

// defaultCheckouts is the size up to which files are checked out: with more it
// takes minutes and gigabytes.
const defaultCheckouts = 200_000

// bench is one run of it.
type bench struct {
	files           []int
	runs, checkouts int
	latency         time.Duration
	write           bool

	binary, root, work string
	progress           io.Writer
}

// AddFlags is part of step.Options.
func (b *bench) AddFlags(f *step.Flags) {
	f.IntSliceVar(&b.files, "files", sizes, "how many files the monorepos have")
	f.IntVar(&b.runs, "runs", 5, "how often each way is measured; the median counts")
	f.IntVar(&b.checkouts, "checkouts", defaultCheckouts, "up to how many files the ways that check files out are measured, from a tenth of it on once only")
	f.DurationVar(&b.latency, "latency", 50*time.Millisecond, "how long each request waits when there is latency")
	f.BoolVar(&b.write, "write", false, "replace the table in the README of monorepo-change")
}

// Validate is part of step.Options.
func (b *bench) Validate() error {
	if b.runs < 1 || len(b.files) == 0 {
		return fmt.Errorf("nothing is to be measured")
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
	for _, files := range b.files {
		rows, err := b.size(ctx, recipeFor(files))
		if err != nil {
			return err
		}
		all = append(all, rows...)
	}
	text, err := document(ctx, all)
	if err != nil {
		return err
	}
	return measure.Publish(env.Stdout, text, filepath.Join(b.root, readme), b.write)
}

// prepare builds the binary and makes a folder for clones.
func (b *bench) prepare(ctx context.Context) error {
	var err error
	if b.root, err = tools.Root(); err != nil {
		return err
	}
	if b.work, err = os.MkdirTemp("", "adze-bench-"); err != nil {
		return err
	}
	b.binary = filepath.Join(b.work, "monorepo-change")
	return progress.Do(b.progress, "building monorepo-change", func() error {
		return run.Command{Path: "go", Args: []string{"build", "-o", b.binary, "./cmd/monorepo-change"}, Dir: b.root}.Run(ctx)
	})
}

// kept is the folder of the repositories.
func kept() (string, error) {
	cache, err := tools.Cache()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "bench")
	return dir, os.MkdirAll(dir, 0o750)
}
