// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/adze-ci/adze/e2e/progress"
)

// Lock keeps every other caller on this machine from changing clusters or the
// daemon until unlock is called or the process dies. It waits as long as ctx
// lasts, and tells w when it has to.
func Lock(ctx context.Context, w io.Writer) (unlock func(), err error) {
	path := machine.lock()
	if os.Geteuid() != 0 {
		path = filepath.Join(os.TempDir(), fmt.Sprintf("adze-%d.lock", os.Geteuid()))
	}
	return lock(ctx, w, path)
}

func lock(ctx context.Context, w io.Writer, path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // clients pass through to the socket
		return nil, fmt.Errorf("locking the machine's clusters: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the machine's clusters: %w", err)
	}
	end := func(string) {}
	for first := true; ; first = false {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			break
		}
		if first {
			end = progress.Start(w, "waiting for another process that changes this machine's clusters")
			defer func() { end("over") }()
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("locking the machine's clusters: %w", ctx.Err()), f.Close())
		case <-time.After(200 * time.Millisecond):
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("locking the machine's clusters: %w", err), f.Close())
	}
	return func() { _ = f.Close() }, nil // closing frees the lock
}
