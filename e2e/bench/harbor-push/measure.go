// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/e2e/measure"
	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/internal/run"
	"github.com/adze-ci/adze/internal/transport"
)

// figures are what a way took.
type figures struct {
	measure.Spent
	// sent are bytes to registries, received those from them.
	sent, received int64
}

// row is what one way took for a task.
type row struct {
	task, way string
	figures
}

// measure measures all ways for one task, in turns, so that none has a better
// time of the machine than another.
func (b *bench) measure(ctx context.Context, t task) ([]row, error) {
	all := make([][]figures, len(t.ways))
	err := progress.Do(b.progress, t.name, func() error {
		for range b.runs {
			for i, w := range t.ways {
				f, err := b.once(ctx, t, w)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", t.name, w.name, err)
				}
				all[i] = append(all[i], f)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var rows []row
	for i, w := range t.ways {
		rows = append(rows, row{t.name, w.name, median(all[i])})
	}
	return rows, nil
}

// median is of each figure the median of its own.
func median(all []figures) figures {
	return figures{
		Spent: measure.Spent{
			Took:   middle(all, func(f figures) time.Duration { return f.Took }),
			Busy:   middle(all, func(f figures) time.Duration { return f.Busy }),
			Memory: middle(all, func(f figures) int64 { return f.Memory }),
		},
		sent:     middle(all, func(f figures) int64 { return f.sent }),
		received: middle(all, func(f figures) int64 { return f.received }),
	}
}

func middle[T cmp.Ordered](all []figures, of func(figures) T) T {
	var values []T
	for _, f := range all {
		values = append(values, of(f))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// once goes a way, with registries of its own, and checks what it did.
func (b *bench) once(ctx context.Context, t task, w way) (f figures, err error) {
	near, err := b.startRegistry(ctx)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, near.Close()) }()
	goal := near
	if t.away {
		if goal, err = b.startRegistry(ctx); err != nil {
			return f, err
		}
		defer func() { err = errors.Join(err, goal.Close()) }()
	}
	a := ask{layout: b.images.after, from: near.Host + "/library/app@" + b.images.digest, to: goal.Host + "/" + t.repository, tag: "v1", handover: b.handover, plan: t.planned}
	if err := b.fill(ctx, t, near); err != nil {
		return f, err
	}
	if t.planned {
		if err := b.handover.writePlan(b.images.before, a.to); err != nil {
			return f, err
		}
	}
	if f.Spent, _, err = measure.Run(ctx, b.work, []string{"SSL_CERT_FILE=" + b.identity.authority}, w.command(b.programs, a)); err != nil {
		return f, err
	}
	f.sent, f.received = near.seen()
	if t.away {
		sent, received := goal.seen()
		f.sent, f.received = f.sent+sent, f.received+received
	}
	return f, b.check(ctx, a)
}

// fill brings into the registry what it is to have before.
func (b *bench) fill(ctx context.Context, t task, s *server) error {
	from := ""
	switch {
	case t.before:
		from = b.images.before
	case t.after:
		from = b.images.after
	default:
		return nil
	}
	err := run.Command{Path: b.programs.adze, Args: []string{"--from=" + from, "--image=" + s.Host + "/library/app", "--harbor=no", "--ca-file=" + b.identity.authority}}.Run(ctx)
	s.seen() // not part of what is measured
	return err
}

// check asks whether the tag is on the image.
func (b *bench) check(ctx context.Context, a ask) error {
	ref, err := name.NewTag(a.to + ":" + a.tag)
	if err != nil {
		return err
	}
	trip, err := transport.New([]string{b.identity.authority}, time.Minute)
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
