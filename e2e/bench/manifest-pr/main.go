// SPDX-License-Identifier: Apache-2.0

// Manifest-pr measures what it costs to make manifests name a new image, and
// what else an edit changes in them, beside yq and kustomize at pinned versions.
//
// For the time it makes folders of 10,000 files and lets each way edit a fresh
// copy of them, one after the other: files that all name the image, files of
// which one in a hundred does, and kustomizations. A way after which the wanted
// files do not name the new image ends the run. The time and memory are those of
// all processes that a way starts.
//
// For the damage it lets each edit the corpus of the package internal/manifest,
// also with other line ends, and counts the bytes that were deleted or inserted
// outside of the values that name the image. When manifest-pr changes one such
// byte, or leaves a value as it was, the program fails.
//
// With --write the tables in the README of manifest-pr are replaced.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/adze-ci/adze/e2e/measure"
	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/internal/run"
	"github.com/adze-ci/adze/internal/step"
)

func main() {
	step.Main(step.Command{
		Name: "bench", Summary: "measure edits of manifests beside yq and kustomize",
		New:      func() step.Options { return &bench{} },
		Commands: []step.Command{measure.PeakCommand()},
	})
}

// defaultFiles is how many files the folders of the README's table have.
const defaultFiles = 10_000

// bench is one run of it.
type bench struct {
	files, runs int
	write       bool

	programs programs
	root     string
	work     string
	progress io.Writer
}

// programs are the paths of what is measured.
type programs struct{ adze, yq, kustomize string }

// AddFlags is part of step.Options.
func (b *bench) AddFlags(f *step.Flags) {
	f.IntVar(&b.files, "files", defaultFiles, "how many files the folders have")
	f.IntVar(&b.runs, "runs", 5, "how often each way is measured that is no process per file; the median counts")
	f.BoolVar(&b.write, "write", false, "replace the tables in the README of manifest-pr")
}

// Validate is part of step.Options.
func (b *bench) Validate() error {
	if b.runs < 1 || b.files < 1 {
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
	harm, err := b.damage(ctx)
	if err != nil {
		return err
	}
	var times []row
	for _, s := range sets(b.files) {
		rows, err := b.measure(ctx, s)
		if err != nil {
			return err
		}
		times = append(times, rows...)
	}
	versions, err := b.versions(ctx)
	if err != nil {
		return err
	}
	text := document(versions, b.files, times, harm)
	return errors.Join(measure.Publish(env.Stdout, text, filepath.Join(b.root, readme), b.write), harm.verdict())
}

// prepare builds the programs and makes a folder to work in.
func (b *bench) prepare(ctx context.Context) error {
	var err error
	if b.root, err = tools.Root(); err != nil {
		return err
	}
	if b.programs.yq, err = tools.Program(ctx, "yq", "yq"); err != nil {
		return err
	}
	if b.programs.kustomize, err = tools.Program(ctx, "kustomize", "kustomize"); err != nil {
		return err
	}
	if b.work, err = os.MkdirTemp("", "adze-bench-"); err != nil {
		return err
	}
	b.programs.adze = filepath.Join(b.work, wayOwn)
	return progress.Do(b.progress, "building manifest-pr", func() error {
		return run.Command{Path: "go", Args: []string{"build", "-o", b.programs.adze, "./cmd/manifest-pr"}, Dir: b.root}.Run(ctx)
	})
}

// versions names what was measured.
func (b *bench) versions(ctx context.Context) (string, error) {
	var all []string
	for _, tool := range []string{"yq", "kustomize"} {
		out, err := run.Command{Path: "go", Args: []string{"list", "-m", "-f", "{{.Version}}", modules[tool]}, Dir: filepath.Join(b.root, "e2e", "tools", tool)}.Output(ctx)
		if err != nil {
			return "", err
		}
		all = append(all, tool+" "+strings.TrimSpace(string(out)))
	}
	return strings.Join(all, " and "), nil
}

// modules hold the tools.
var modules = map[string]string{"yq": "github.com/mikefarah/yq/v4", "kustomize": "sigs.k8s.io/kustomize/kustomize/v5"}
