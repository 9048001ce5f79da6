// SPDX-License-Identifier: Apache-2.0

// Kaniko-build measures what it saves to build nothing that exists: it pushes to
// a monorepo of twenty services, on the local cluster with the real Tekton,
// Kaniko and Trivy, and takes the time of each run and the bytes that its
// registry sends and receives.
//
// The first push changes all twenty services. The second changes one, but nothing
// has been merged meanwhile, so that all twenty are wanted again: the images of
// the others are found by the hash of what they are made of. The third changes one
// after all has been merged. A run that builds other services than those ends the
// program.
//
// With --write the table in the README of kaniko-build is replaced by what was
// measured.
package main

import (
	"context"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"strings"

	"github.com/adze-ci/adze/e2e/cluster/kindcluster"
	"github.com/adze-ci/adze/e2e/loop"
	"github.com/adze-ci/adze/e2e/measure"
	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/e2e/sample"
	"github.com/adze-ci/adze/e2e/site"
	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/internal/step"
)

func main() {
	step.Main(step.Command{Name: "bench", Summary: "measure what reuse saves", New: func() step.Options { return &bench{} }})
}

// services is how many the monorepo has.
const services = 20

// bench is one run of it.
type bench struct {
	write bool

	loop     *loop.Loop
	progress io.Writer
}

// AddFlags is part of step.Options.
func (b *bench) AddFlags(f *step.Flags) {
	f.BoolVar(&b.write, "write", false, "replace the table in the README of kaniko-build")
}

// Validate is part of step.Options.
func (b *bench) Validate() error { return nil }

// Run is part of step.Options.
func (b *bench) Run(ctx context.Context, env *step.Env) (err error) {
	b.progress = env.Stderr
	where, err := site.Open(ctx, kindcluster.Options{Progress: env.Stderr})
	if err != nil {
		return err
	}
	if b.loop, err = loop.Start(ctx, where, loop.Options{Name: "bench-kaniko-build"}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.loop.Delete(context.WithoutCancel(ctx)), b.loop.Close()) }()
	rows, err := b.pushes(ctx)
	if err != nil {
		return err
	}
	root, err := tools.Root()
	if err != nil {
		return err
	}
	return measure.Publish(env.Stdout, document(rows), filepath.Join(root, readme), b.write)
}

// pushes measures one push after the other.
func (b *bench) pushes(ctx context.Context) ([]row, error) {
	files, _, err := sample.Larger(sample.Values{Registry: b.loop.ImagePrefix, Base: b.loop.Base, Tag: b.loop.First}, services+1)
	if err != nil {
		return nil, err
	}
	// A layer of 500 MB would be all that is measured.
	maps.DeleteFunc(files, func(name, _ string) bool { return strings.Contains(name, "/big/") })
	var rows []row
	for _, p := range []push{
		{rowAll, files, services, 0},
		{rowReuse, map[string]string{"microservices/web/text": "changed\n"}, 1, services - 1},
		{rowOne, map[string]string{"microservices/web/text": "changed again\n"}, 1, 0},
	} {
		if p.name == rowOne {
			if err := b.merge(ctx); err != nil {
				return nil, err
			}
		}
		err := progress.Do(b.progress, p.name, func() error {
			r, err := b.measure(ctx, p)
			rows = append(rows, r)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// merge merges all pull requests, so that what was built is deployed.
func (b *bench) merge(ctx context.Context) error {
	pulls, err := b.loop.Pulls(ctx)
	if err != nil {
		return err
	}
	for _, p := range pulls {
		if _, err := b.loop.Merge(ctx, p.GetNumber(), "squash"); err != nil {
			return err
		}
	}
	return nil
}
