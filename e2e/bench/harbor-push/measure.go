// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
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
}

// measure measures all ways for one task.
func (b *bench) measure(ctx context.Context, t task) (rows []row, err error) {
	var figures []counted.Figures
	err = progress.Do(b.progress, t.name, func() error {
		figures, err = counted.InTurns(b.runs, len(t.ways), func(i int) (counted.Figures, error) {
			f, err := b.once(ctx, t, t.ways[i])
			if err != nil {
				return f, fmt.Errorf("%s, %s: %w", t.name, t.ways[i].name, err)
			}
			return f, nil
		})
		return err
	})
	for i, f := range figures {
		rows = append(rows, row{t.name, t.ways[i].name, f})
	}
	return rows, err
}

// once goes a way, with registries of its own, and checks what it did.
func (b *bench) once(ctx context.Context, t task, w way) (f counted.Figures, err error) {
	near, err := counted.Start(ctx, b.programs.registry, b.work, b.identity)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, near.Close()) }()
	goal := near
	if t.away {
		if goal, err = counted.Start(ctx, b.programs.registry, b.work, b.identity); err != nil {
			return f, err
		}
		defer func() { err = errors.Join(err, goal.Close()) }()
	}
	a := ask{layout: b.images.after, from: near.Host + "/library/app@" + b.images.digest, to: goal.Host + "/" + t.repository, tag: "v1"}
	if err := b.fill(ctx, t, near); err != nil {
		return f, err
	}
	if f.Spent, _, err = measure.Run(ctx, b.work, []string{"SSL_CERT_FILE=" + b.identity.Authority}, w.command(b.programs, a)); err != nil {
		return f, err
	}
	f.Sent, f.Received = near.Seen()
	if t.away {
		sent, received := goal.Seen()
		f.Sent, f.Received = f.Sent+sent, f.Received+received
	}
	return f, b.check(ctx, a)
}

// fill brings into the registry what it is to have before.
func (b *bench) fill(ctx context.Context, t task, r *counted.Registry) error {
	from := ""
	switch {
	case t.before:
		from = b.images.before
	case t.after:
		from = b.images.after
	default:
		return nil
	}
	err := run.Command{Path: b.programs.adze, Args: []string{"--from=" + from, "--image=" + r.Host + "/library/app", "--harbor=no", "--ca-file=" + b.identity.Authority}}.Run(ctx)
	r.Seen() // not part of what is measured
	return err
}

// check asks whether the tag is on the image.
func (b *bench) check(ctx context.Context, a ask) error {
	ref, err := name.NewTag(a.to + ":" + a.tag)
	if err != nil {
		return err
	}
	trip, err := transport.New([]string{b.identity.Authority}, time.Minute)
	if err != nil {
		return err
	}
	defer trip.CloseIdleConnections()
	got, err := remote.Head(ref, remote.WithContext(ctx), remote.WithTransport(trip))
	if err != nil {
		return err
	}
	if got.Digest.String() != b.images.digest {
		return fmt.Errorf("the tag is on %s, the image is %s", got.Digest, b.images.digest)
	}
	return nil
}
