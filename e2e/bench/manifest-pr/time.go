// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/adze-ci/adze/e2e/measure"
	"github.com/adze-ci/adze/e2e/progress"
)

// row is what one way took for a set.
type row struct {
	set, way string
	measure.Spent
}

// measure measures all ways for one set.
func (b *bench) measure(ctx context.Context, s set) ([]row, error) {
	var rows []row
	for _, w := range s.ways {
		runs := b.runs
		if w.slow {
			runs = 1
		}
		err := progress.Do(b.progress, fmt.Sprintf("%d %s: %s", s.files, s.name, w.name), func() error {
			spent, err := b.median(ctx, s, w, runs)
			rows = append(rows, row{s.name, w.name, spent})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return rows, nil
}

// median goes a way several times. Each figure is the median of its own.
func (b *bench) median(ctx context.Context, s set, w way, runs int) (measure.Spent, error) {
	var all []measure.Spent
	for range runs {
		spent, err := b.once(ctx, s, w)
		if err != nil {
			return spent, err
		}
		all = append(all, spent)
	}
	return measure.Spent{
		Took:   middle(all, func(s measure.Spent) time.Duration { return s.Took }),
		Busy:   middle(all, func(s measure.Spent) time.Duration { return s.Busy }),
		Memory: middle(all, func(s measure.Spent) int64 { return s.Memory }),
	}, nil
}

func middle[T cmp.Ordered](all []measure.Spent, of func(measure.Spent) T) T {
	var values []T
	for _, s := range all {
		values = append(values, of(s))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// once goes a way in a fresh copy of the set, and checks what it did.
func (b *bench) once(ctx context.Context, s set, w way) (spent measure.Spent, err error) {
	dir, err := os.MkdirTemp(b.work, "set-")
	if err != nil {
		return spent, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // below the temporary folder
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return spent, err
	}
	if err := s.fill(dir); err != nil {
		return spent, err
	}
	if spent, _, err = measure.Run(ctx, dir, nil, w.command(b.programs)); err != nil {
		return spent, err
	}
	n, err := s.count(dir)
	if err == nil && n != s.hits() {
		err = fmt.Errorf("%d files name the new image, %d should", n, s.hits())
	}
	return spent, err
}
