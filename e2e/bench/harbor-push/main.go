// SPDX-License-Identifier: Apache-2.0

// Harbor-push measures what it costs to bring an image into a registry, to
// promote it, and to put a tag on it, beside crane at a pinned version and
// Debian's skopeo.
//
// It makes an image of a gigabyte in eight layers that do not compress, and lets
// each way bring it where it belongs: from an OCI layout into a registry that has
// nothing, one layer less, or all of it; from there to another repository and to
// another registry; and a tag onto it. The registry is distribution, with TLS and on
// loopback, started anew with an empty folder for each run. A way after which the
// registry does not have the digest under the tag ends the run.
//
// Time, processor time and memory are those of the processes that a way starts,
// and bytes those of its connections in both directions, protocol and all. The
// program fails where harbor-push moves a layer to put a tag, or takes longer than
// crane to move all layers.
//
// It takes 5 GB in TMPDIR. With --write the table in the README of harbor-push is
// replaced by what was measured.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/adze-ci/adze/e2e/cluster/engine"
	"github.com/adze-ci/adze/e2e/measure"
	"github.com/adze-ci/adze/e2e/measure/counted"
	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/internal/run"
	"github.com/adze-ci/adze/internal/step"
)

func main() {
	step.Main(step.Command{
		Name: "bench", Summary: "measure pushes beside crane and skopeo",
		New:      func() step.Options { return &bench{} },
		Commands: []step.Command{measure.PeakCommand()},
	})
}

// defaultBytes is how much the layers of the README's table have together.
const defaultBytes = 1_000_000_000

// bench is one run of it.
type bench struct {
	bytes int64
	runs  int
	write bool

	programs programs
	identity counted.Identity
	images   images
	root     string
	work     string
	progress io.Writer
}

// programs are the paths of what is measured, and of the registry.
type programs struct{ adze, crane, skopeo, registry string }

// AddFlags is part of step.Options.
func (b *bench) AddFlags(f *step.Flags) {
	f.Int64Var(&b.bytes, "bytes", defaultBytes, "how many bytes the layers have together")
	f.IntVar(&b.runs, "runs", 3, "how often each way is measured; the median counts")
	f.BoolVar(&b.write, "write", false, "replace the table in the README of harbor-push")
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
	versions, err := b.versions(ctx)
	if err != nil {
		return err
	}
	text := document(versions, counted.Place(b.work), b.bytes, all)
	return errors.Join(measure.Publish(env.Stdout, text, filepath.Join(b.root, readme), b.write), verdict(all, b.bytes))
}

// prepare builds the programs, and makes a folder to work in and the images.
func (b *bench) prepare(ctx context.Context) error {
	var err error
	if b.root, err = tools.Root(); err != nil {
		return err
	}
	if b.programs.crane, err = tools.Program(ctx, "crane", "crane"); err != nil {
		return err
	}
	if b.programs.registry, err = tools.Program(ctx, "registry", "registry"); err != nil {
		return err
	}
	if b.programs.skopeo, err = engine.Provide(ctx, b.progress, "skopeo"); err != nil {
		return err
	}
	if b.work, err = os.MkdirTemp("", "adze-bench-"); err != nil {
		return err
	}
	if b.identity, err = counted.NewIdentity(b.work); err != nil {
		return err
	}
	b.programs.adze = filepath.Join(b.work, wayOwn)
	err = progress.Do(b.progress, "building harbor-push", func() error {
		return run.Command{Path: "go", Args: []string{"build", "-o", b.programs.adze, "./cmd/harbor-push"}, Dir: b.root}.Run(ctx)
	})
	if err != nil {
		return err
	}
	return progress.Do(b.progress, "making the images", func() error {
		b.images, err = makeImages(b.work, b.bytes)
		return err
	})
}

// versions names what was measured.
func (b *bench) versions(ctx context.Context) (string, error) {
	crane, err := run.Command{Path: "go", Args: []string{"list", "-m", "-f", "{{.Version}}", "github.com/google/go-containerregistry"}, Dir: filepath.Join(b.root, "e2e", "tools", "crane")}.Output(ctx)
	if err != nil {
		return "", err
	}
	skopeo, err := run.Command{Path: b.programs.skopeo, Args: []string{"--version"}}.Output(ctx)
	if err != nil {
		return "", err
	}
	words := strings.Fields(string(skopeo))
	return "crane " + strings.TrimSpace(string(crane)) + " and skopeo " + words[len(words)-1], nil
}
