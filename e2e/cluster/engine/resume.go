// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Resume returns the daemon that answers, if any. Where adze's own daemon was
// killed while it had containers, running or not, it is started again, so that
// they can be removed.
func Resume(ctx context.Context, w io.Writer) (Engine, bool, error) {
	e, found := Find(ctx)
	if found || !machine.occupied() {
		return e, found, nil
	}
	if err := machine.start(ctx, w); err != nil {
		return Engine{}, false, fmt.Errorf("starting the Docker daemon again: %w", err)
	}
	return Engine{Host: "unix://" + machine.socket(), Own: true}, true, nil
}

// occupied reports whether the daemon of this place has containers.
func (p place) occupied() bool {
	entries, err := os.ReadDir(filepath.Join(p.root(), "containers"))
	return p.orphans() || err == nil && len(entries) > 0
}

// orphans reports whether containers of this place's daemon run, with it or without.
func (p place) orphans() bool {
	for _, pid := range running("containerd-shim") {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil && bytes.Contains(line, []byte(p.exec())) {
			return true
		}
	}
	return false
}
