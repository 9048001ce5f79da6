// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/adze-ci/adze/e2e/progress"
)

// Stop ends adze's own daemon if there is one and no container is left on it.
// Its data, which is the cache of images, stays. A daemon of others is left alone.
func Stop(ctx context.Context, w io.Writer) error {
	return machine.stop(ctx, w)
}

func (p place) stop(ctx context.Context, w io.Writer) error {
	pid := p.daemon()
	if pid == 0 {
		return p.sweep()
	}
	e := Engine{Host: "unix://" + p.socket(), Own: true}
	if e.answers(ctx) {
		if left, err := e.Docker(ctx, "ps", "--all", "--quiet"); err != nil || left != "" {
			return err
		}
	}
	return progress.Do(w, "stopping dockerd", func() error {
		if err := end(ctx, pid); err != nil {
			return fmt.Errorf("stopping dockerd: %w", err)
		}
		return errors.Join(p.restore(ctx), p.sweep())
	})
}

// clear makes room for a start: it ends a daemon of this place that does not
// answer, and removes what a killed one left.
func (p place) clear(ctx context.Context, w io.Writer) error {
	if pid := p.daemon(); pid != 0 {
		err := progress.Do(w, "ending a dockerd that does not answer", func() error { return end(ctx, pid) })
		if err != nil {
			return err
		}
	}
	if pids := running("dockerd"); len(pids) > 0 {
		return fmt.Errorf("another dockerd runs (pid %d) but does not answer here, and two on a machine disturb each other\nhint: name its socket in DOCKER_HOST, or stop it", pids[0])
	}
	for _, stale := range []string{p.pidfile(), p.socket()} {
		if err := os.Remove(stale); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("removing what an earlier daemon left: %w", err)
		}
	}
	containerd := filepath.Join(p.exec(), "containerd", "containerd.pid")
	if pid := pidIn(containerd); pid != 0 && comm(pid) != "containerd" {
		_ = os.Remove(containerd) // dockerd would wait for whoever has that number now
	}
	return nil
}

// daemon is the process id of this place's daemon, 0 when it does not run.
func (p place) daemon() int {
	if pid := pidIn(p.pidfile()); pid != 0 && comm(pid) == "dockerd" {
		return pid
	}
	return 0
}

// pidIn reads a pid file; 0 when there is none.
func pidIn(file string) int {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return pid
}

// comm is the name of a running process, empty when it is gone.
func comm(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// running lists the processes of that name.
func running(name string) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && comm(pid) == name {
			pids = append(pids, pid)
		}
	}
	return pids
}

// end asks a process to end, and makes it after a while.
func end(ctx context.Context, pid int) error {
	name := comm(pid)
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGTERM, 20 * time.Second}, {syscall.SIGKILL, 5 * time.Second}} {
		if err := syscall.Kill(pid, step.signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
		for until := time.Now().Add(step.wait); time.Now().Before(until); {
			if comm(pid) != name || ctx.Err() != nil {
				return ctx.Err()
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	return fmt.Errorf("process %d (%s) does not end", pid, name)
}
