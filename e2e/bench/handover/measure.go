// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/e2e/measure"
	"github.com/adze-ci/adze/e2e/measure/counted"
	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/internal/run"
	"github.com/adze-ci/adze/internal/transport"
)

// row is what one way took for a task.
type row struct {
	task, way string
	counted.Figures
	// between are the bytes that lay between build and push.
	between int64
}

// measure measures all ways for one task.
func (b *bench) measure(ctx context.Context, t task) (rows []row, err error) {
	var figures []counted.Figures
	between := make([]int64, len(ways()))
	err = progress.Do(b.progress, t.name, func() error {
		figures, err = counted.InTurns(b.runs, len(between), func(i int) (f counted.Figures, err error) {
			w := ways()[i]
			if f, between[i], err = b.once(ctx, t, w); err != nil {
				return f, fmt.Errorf("%s, %s: %w", t.name, w.name, err)
			}
			return f, nil
		})
		return err
	})
	for i, f := range figures {
		rows = append(rows, row{t.name, ways()[i].name, f, between[i]})
	}
	return rows, err
}

// baseLayout is the base's folder, and basePath where a registry has it.
const (
	baseLayout = "base"
	basePath   = "/library/base"
)

// makeBase builds the base of the second image, which is the first.
func (b *bench) makeBase(ctx context.Context) (err error) {
	c, err := b.newContainer(contextNew)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.remove()) }()
	build := c.command([][]string{{kanikoBuild, "--context=" + source, "--layout=" + shared + "/image", "--extra-arg=--force"}})
	if err := (run.Command{Path: build[0], Args: build[1:], Env: append(os.Environ(), environment()...)}).Run(ctx); err != nil {
		return err
	}
	return os.Rename(filepath.Join(c.between, "image"), filepath.Join(b.work, baseLayout))
}

// once goes a way, with a registry and a container of its own, and checks what it did.
func (b *bench) once(ctx context.Context, t task, w way) (f counted.Figures, between int64, err error) {
	to, err := counted.Start(ctx, b.registry, b.work, b.identity)
	if err != nil {
		return f, 0, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	var args []string
	if t.based {
		args = []string{"--build-arg=BASE=" + to.Host + basePath + ":" + tag}
		push := run.Command{Path: filepath.Join(b.programs(), "harbor-push"), Args: []string{
			"--from=" + filepath.Join(b.work, baseLayout), "--image=" + to.Host + basePath, "--tag=" + tag, "--harbor=no", "--ca-file=" + b.identity.Authority,
		}}
		if err := push.Run(ctx); err != nil {
			return f, 0, err
		}
		to.Seen() // not part of what is measured
	}
	c, err := b.newContainer(t.context)
	if err != nil {
		return f, 0, err
	}
	defer func() { err = errors.Join(err, c.remove()) }()
	if f.Spent, _, err = measure.Run(ctx, b.work, environment(), c.command(w.steps(to.Host, args))); err != nil {
		return f, 0, err
	}
	f.Sent, f.Received = to.Seen()
	if between, err = sizeOf(c.between); err != nil {
		return f, 0, err
	}
	return f, between, b.check(ctx, to.Host, t)
}

// sizeOf adds up the files of a folder.
func sizeOf(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	return bytes, err
}

// check asks whether the tag is on an image of as many layers.
func (b *bench) check(ctx context.Context, host string, t task) error {
	ref, err := name.NewTag(host + repository + ":" + tag)
	if err != nil {
		return err
	}
	trip, err := transport.New([]string{b.identity.Authority}, time.Minute)
	if err != nil {
		return err
	}
	defer trip.CloseIdleConnections()
	img, err := remote.Image(ref, remote.WithContext(ctx), remote.WithTransport(trip))
	if err != nil {
		return err
	}
	has, err := img.Layers()
	if err == nil && len(has) != t.layers {
		err = fmt.Errorf("the image has %d layers, want %d", len(has), t.layers)
	}
	return err
}
