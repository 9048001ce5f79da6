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

// figures are what a way took.
type figures struct {
	took time.Duration
	// received and sent are the bytes of the answers' and requests' bodies.
	received, sent int64
	requests       int
	// memory is the most that one of its processes held, in bytes.
	memory int64
}

// row is what one way took for a size, without latency and with it.
type row struct {
	files     int
	way       string
	near, far figures
}

// size measures all ways for one recipe.
func (b *bench) size(ctx context.Context, r recipe) ([]row, error) {
	dir, err := b.repository(ctx, r)
	if err != nil {
		return nil, err
	}
	p, err := pushOf(ctx, dir, r)
	if err != nil {
		return nil, err
	}
	s, err := newServer(ctx, filepath.Dir(dir))
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var rows []row
	for _, w := range ways() {
		runs := b.runs
		switch {
		case w.checkout && r.Files > b.checkouts:
			continue
		case w.checkout && r.Files >= b.checkouts/10:
			runs = 1 // it takes long enough to tell
		}
		m := measuring{b, s, w, ask{p, b.binary, s.URL + "/" + filepath.Base(dir)}}
		out := row{files: r.Files, way: w.name}
		err := progress.Do(b.progress, fmt.Sprintf("%d files: %s", r.Files, w.name), func() (err error) {
			if out.near, err = m.median(ctx, runs, 0); err == nil {
				out.far, err = m.median(ctx, runs, b.latency)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
		rows = append(rows, out)
	}
	return rows, nil
}

// measuring is the work on one way.
type measuring struct {
	*bench
	server *server
	way    way
	ask    ask
}

// median measures several times. Each figure is the median of its own.
func (m measuring) median(ctx context.Context, runs int, latency time.Duration) (figures, error) {
	m.server.latency.Store(int64(latency))
	var all []figures
	for range runs {
		f, err := m.once(ctx)
		if err != nil {
			return figures{}, err
		}
		all = append(all, f)
	}
	return figures{
		took: middle(all, func(f figures) time.Duration { return f.took }), memory: middle(all, func(f figures) int64 { return f.memory }),
		received: middle(all, func(f figures) int64 { return f.received }), sent: middle(all, func(f figures) int64 { return f.sent }),
		requests: middle(all, func(f figures) int { return f.requests }),
	}, nil
}

func middle[T cmp.Ordered](all []figures, of func(figures) T) T {
	var values []T
	for _, f := range all {
		values = append(values, of(f))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// once goes the way in a folder of its own, and checks its answer.
func (m measuring) once(ctx context.Context) (f figures, err error) {
	dir, err := os.MkdirTemp(m.work, "clone-")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // below the temporary folder
	m.server.reset()
	var answer []byte
	for _, command := range m.way.steps(m.ask) {
		var s measure.Spent
		if s, answer, err = measure.Run(ctx, dir, gitEnv, command); err != nil {
			return f, err
		}
		f.took += s.Took
		f.memory = max(f.memory, s.Memory)
	}
	f.received, f.sent, f.requests = m.server.seen()
	n, err := m.way.count(answer)
	if err == nil && n != m.ask.changed {
		err = fmt.Errorf("it says that %d files differ, git in the repository says %d", n, m.ask.changed)
	}
	return f, err
}
