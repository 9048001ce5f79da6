// SPDX-License-Identifier: Apache-2.0

// Command bounded-runc is runc for a machine whose root lacks capabilities.
//
// Docker gives a privileged container every capability that the kernel knows,
// and runc fails where the caller does not have them all ("unable to apply caps:
// operation not permitted"). This program takes the missing ones out of what
// runc reads, config.json of the bundle and process.json of an exec, and then
// becomes runc. It is registered as an OCI runtime of the Docker daemon.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

func main() {
	if err := become(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bounded-runc:", err)
		os.Exit(1)
	}
}

// become edits what the arguments name, then runs runc in this process's place.
func become(args []string) error {
	runc, err := exec.LookPath("runc")
	if err != nil {
		return err
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	absent, err := missing(string(status))
	if err != nil {
		return err
	}
	for _, file := range edits(args) {
		if err := bound(file, absent); err != nil {
			return fmt.Errorf("taking capabilities out of %s: %w", file, err)
		}
	}
	return syscall.Exec(runc, append([]string{"runc"}, args...), os.Environ()) //nolint:gosec // standing in for runc
}
