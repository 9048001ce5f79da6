// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
)

// sweep removes what the daemon of this place leaves when it has ended: mounts
// and the folder under /run. It does nothing while the daemon or one of its containers lives.
func (p place) sweep() error {
	if p.daemon() != 0 || p.orphans() {
		return nil
	}
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return fmt.Errorf("reading the mounts: %w", err)
	}
	var errs []error
	for _, target := range mountsBelow(table, p.root(), p.exec()) {
		err := syscall.Unmount(target, syscall.MNT_DETACH)
		if err != nil && !errors.Is(err, syscall.ENOENT) && !errors.Is(err, syscall.EINVAL) { // gone with one above it
			errs = append(errs, fmt.Errorf("unmounting %s: %w", target, err))
		}
	}
	for _, path := range []string{p.exec(), p.pidfile(), p.socket(), p.forwarded()} {
		errs = append(errs, os.RemoveAll(path))
	}
	return errors.Join(errs...)
}

// mountsBelow lists the mount points under the folders, the last made first.
func mountsBelow(mountinfo []byte, folders ...string) []string {
	var found []string
	for lines := bufio.NewScanner(bytes.NewReader(mountinfo)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 5 {
			continue
		}
		for _, folder := range folders {
			if strings.HasPrefix(fields[4]+"/", folder+"/") {
				found = append(found, fields[4])
			}
		}
	}
	slices.Reverse(found)
	return found
}
