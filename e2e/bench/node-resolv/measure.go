// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/adze-ci/adze/e2e/measure"
)

const (
	// loops run at equal distances within their minute.
	loops = 6
	// loopChanges is how often the Service changes for them.
	loopChanges = 2
	minute      = time.Minute
	// slow is longer than any contender needs.
	slow = 3 * minute
)

// result is what was measured.
type result struct {
	Rest      time.Duration `json:"rest"`
	Own, Loop figures
}

// figures are those of one way.
type figures struct {
	// Delays are from a change of the Service to the file.
	Delays []time.Duration `json:"delays"`
	// Busy is the time of processors while nothing changed.
	Busy time.Duration `json:"busy"`
	// AtRest and Peak are resident memory in bytes.
	AtRest int64 `json:"atRest"`
	Peak   int64 `json:"peak"`
}

// measure lets node-resolv and the loops follow the Service.
func (w *world) measure(ctx context.Context, a *api) (found result, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	own, err := w.startOwn(ctx)
	if err != nil {
		return found, err
	}
	defer own.stop()
	var all []*contender
	defer func() {
		for _, c := range all {
			c.stop()
		}
	}()
	for i := range loops {
		c, err := w.startLoop(ctx, i)
		if err != nil {
			return found, err
		}
		all = append(all, c)
		if err := errors.Join(c.follow(ctx, address(0), slow, time.Second), pause(ctx, minute/loops)); err != nil {
			return found, err
		}
	}
	if err := own.follow(ctx, address(0), slow, time.Second); err != nil {
		return found, err
	}
	if found, err = w.atRest(ctx, own, all[0]); err != nil {
		return found, err
	}
	if found.Own.Delays, err = changes(ctx, a, []*contender{own}, w.changes, time.Millisecond); err != nil {
		return found, err
	}
	a.set(address(0)) // where the loops are, or will be
	if err := pause(ctx, minute+minute/loops); err != nil {
		return found, err
	}
	found.Loop.Delays, err = changes(ctx, a, all, loopChanges, 20*time.Millisecond)
	return found, err
}

// atRest counts processor time while nothing changes, and memory at the end.
func (w *world) atRest(ctx context.Context, own, loop *contender) (result, error) {
	found := result{Rest: w.rest}
	var before, after [2]time.Duration
	read := func(into *[2]time.Duration) (err error) {
		if into[0], err = busy(own.cmd.Process.Pid); err != nil {
			return err
		}
		into[1], err = busy(loop.cmd.Process.Pid)
		return err
	}
	if err := errors.Join(read(&before), pause(ctx, w.rest), read(&after)); err != nil {
		return found, err
	}
	found.Own.Busy, found.Loop.Busy = after[0]-before[0], after[1]-before[1]
	var err error
	if found.Own.AtRest, found.Own.Peak, err = resident(own.cmd.Process.Pid); err != nil {
		return found, err
	}
	if found.Loop.AtRest, _, err = resident(loop.cmd.Process.Pid); err != nil {
		return found, err
	}
	round, _, err := measure.Run(ctx, ".", []string{"HOME=" + os.TempDir()}, []string{
		w.kubectl, "--server=http://" + apiAddress, "--namespace=kube-system", "get", "service", "kube-dns", "-o", "jsonpath={.spec.clusterIP}",
	})
	found.Loop.Peak = found.Loop.AtRest + round.Memory
	return found, err
}

// changes gives the Service another address some times, and takes how long each
// contender needs to follow.
func changes(ctx context.Context, a *api, all []*contender, times int, poll time.Duration) ([]time.Duration, error) {
	delays := make([]time.Duration, times*len(all))
	for i := range times {
		begin, ip := time.Now(), address(i+1)
		a.set(ip)
		group, waiting := errgroup.WithContext(ctx)
		for j, c := range all {
			group.Go(func() error {
				err := c.follow(waiting, ip, slow, poll)
				delays[i*len(all)+j] = time.Since(begin)
				return err
			})
		}
		if err := group.Wait(); err != nil {
			return nil, err
		}
		if err := pause(ctx, time.Second/4); err != nil {
			return nil, err
		}
	}
	slices.Sort(delays)
	return delays, nil
}

// pause waits.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// median and longest are those of sorted delays.
func (f figures) median() time.Duration  { return f.Delays[len(f.Delays)/2] }
func (f figures) longest() time.Duration { return f.Delays[len(f.Delays)-1] }

// The goals.
const (
	goalDelay  = time.Second
	goalCPU    = 0.005
	goalMemory = 24 << 20
)

// verdict is an error where node-resolv misses a goal.
func (r result) verdict() error {
	var err error
	if longest := r.Own.longest(); longest > goalDelay {
		err = fmt.Errorf("node-resolv followed after %s, want %s at most", longest, goalDelay)
	}
	if share := r.Own.Busy.Seconds() / r.Rest.Seconds(); share > goalCPU {
		err = errors.Join(err, fmt.Errorf("node-resolv takes %.1fm of a CPU at rest, want %.0fm at most", share*1000, goalCPU*1000))
	}
	if r.Own.AtRest > goalMemory {
		err = errors.Join(err, fmt.Errorf("node-resolv holds %d bytes at rest, want %d at most", r.Own.AtRest, goalMemory))
	}
	return err
}
