// SPDX-License-Identifier: Apache-2.0

// Package apart runs a test in mount and network namespaces of its own, where it
// can put files in the place of the machine's without changing them. Tests and
// benchmarks alone use it. It needs root, or a machine where users may make namespaces.
package apart

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// insideVar is set to the name of the test that runs inside.
const insideVar = "ADZE_APART"

// Run runs a test's function inside, in a process of its own that has nothing
// left of what the test did before.
func Run(t *testing.T, inside func(t *testing.T)) {
	t.Helper()
	if os.Getenv(insideVar) == t.Name() {
		if err := errors.Join(PrivateMounts(), Loopback()); err != nil {
			t.Fatal(err)
		}
		inside(t)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v") //nolint:gosec // the test itself
	cmd.Env = append(os.Environ(), insideVar+"="+t.Name())
	cmd.SysProcAttr = Namespaces(syscall.CLONE_NEWNS | syscall.CLONE_NEWNET)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// Namespaces has a process begin in new namespaces, which flags of clone(2) name.
// Other users than root get a user namespace as well.
func Namespaces(flags uintptr) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Cloneflags: flags}
	if os.Getuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	return attr
}

// PrivateMounts keeps what a process of a new mount namespace mounts to itself.
func PrivateMounts() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	return nil
}

// Put puts a text in the place of one of the machine's files, for this process alone.
func Put(t *testing.T, file string, text []byte) {
	t.Helper()
	own := filepath.Join(t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(own, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(own, file, "", unix.MS_BIND, ""); err != nil {
		t.Fatalf("putting a file in the place of %s: %v", file, err)
	}
	t.Cleanup(func() { _ = unix.Unmount(file, unix.MNT_DETACH) }) // the process ends
}
