// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// lockPoll is how often a held lock is tried again.
const lockPoll = 200 * time.Millisecond

// Lock waits until this process is the only one that holds the node's /etc, so
// that two copies do not undo each other's work. The lock is a flock(2) of the
// folder itself, which leaves nothing behind. Held is called once when another
// process holds it.
func (e Etc) Lock(ctx context.Context, held func()) (unlock func() error, err error) {
	dir, err := os.Open(e.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the node's /etc: %w", err)
	}
	for first := true; ; first = false {
		err := unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return dir.Close, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("locking the node's /etc: %w", err), dir.Close())
		}
		if first {
			held()
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("locking the node's /etc: another node-resolv holds it: %w", ctx.Err()), dir.Close())
		case <-time.After(lockPoll):
		}
	}
}
