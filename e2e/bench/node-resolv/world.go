// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/adze-ci/adze/internal/step"
)

// world is the subcommand that measures, in a network namespace and with the
// working folder to itself. It writes a result as JSON.
type world struct {
	nodeResolv, kubectl string
	rest                time.Duration
	changes             int
}

// AddFlags is part of step.Options.
func (w *world) AddFlags(f *step.Flags) {
	f.StringVar(&w.nodeResolv, "node-resolv", "", "`FILE` to measure")
	f.StringVar(&w.kubectl, "kubectl", "", "`FILE` that the loop asks with")
	f.DurationVar(&w.rest, "rest", time.Minute, "for how long nothing changes")
	f.IntVar(&w.changes, "changes", 1, "how often the Service changes")
}

// args are the flags that make the subcommand like w.
func (w *world) args() []string {
	return []string{"world", "--node-resolv", w.nodeResolv, "--kubectl", w.kubectl, "--rest", w.rest.String(), "--changes", strconv.Itoa(w.changes)}
}

// Validate is part of step.Options.
func (w *world) Validate() error { return nil }

// Run is part of step.Options.
func (w *world) Run(ctx context.Context, env *step.Env) error {
	if err := loopbackUp(); err != nil {
		return fmt.Errorf("bringing up the loopback device: %w", err)
	}
	api := newAPI(address(0))
	if err := api.serve(ctx); err != nil {
		return err
	}
	for i := range 2 {
		if err := serveDNS(ctx, address(i)); err != nil {
			return err
		}
	}
	found, err := w.measure(ctx, api)
	if err != nil {
		return err
	}
	return json.NewEncoder(env.Stdout).Encode(found)
}

// enter runs this program in a network namespace of its own, and gives its
// output. Other users than root get a user namespace as well.
func enter(ctx context.Context, dir string, args []string) ([]byte, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("measuring: %w: %s", err, stderr.String())
	}
	return out, nil
}

// loopbackUp brings up the only device that a new network namespace has.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd) //nolint:errcheck // a socket without data
	device, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	device.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCSIFFLAGS, uintptr(unsafe.Pointer(device))); errno != 0 { //nolint:gosec // what the call takes
		return errno
	}
	return nil
}
