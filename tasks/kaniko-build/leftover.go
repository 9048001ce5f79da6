// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/adze-ci/adze/internal/run"
)

// leftovers are processes that RUN lines left running. They become children of
// this process, which ends them once the executor has ended: what is taken over
// then cannot change any more, and nothing keeps the output open.
type leftovers struct{ before []int }

// adopt has processes whose parents end become children of this one:
// https://man7.org/linux/man-pages/man2/pr_set_child_subreaper.2const.html
func adopt() (leftovers, error) {
	return leftovers{children()}, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}

// end kills them, and what they leave in their turn. Those of another user, whom a
// USER line named, may stay: without the capability KILL not even root ends them,
// and they can write to nothing of ours.
func (l leftovers) end() {
	for ended := true; ended; {
		ended = false
		for _, pid := range children() {
			if slices.Contains(l.before, pid) || syscall.Kill(pid, syscall.SIGKILL) != nil {
				continue
			}
			_, _ = syscall.Wait4(pid, nil, 0, nil) // it is gone, or was when it was asked for
			ended = true
		}
	}
}

// children are the processes whose parent this one is:
// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
func children() []int {
	var all []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is one
	self := strconv.Itoa(os.Getpid())
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		name := strings.LastIndexByte(string(text), ')') // may hold anything
		words := strings.Fields(string(text[name+1:]))
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil && len(words) > 1 && words[1] == self {
			all = append(all, pid)
		}
	}
	return all
}

// endedWell tells whether all that went wrong is that something kept the output
// open after the executor's good end.
func endedWell(err error) bool {
	var child *run.Error
	return errors.As(err, &child) && child.ExitCode == 0 && errors.Is(err, exec.ErrWaitDelay) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}
