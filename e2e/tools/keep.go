// SPDX-License-Identifier: Apache-2.0

package tools

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"time"

	"github.com/adze-ci/adze/e2e/progress"
)

// lock takes the lock of one tool, and waits for it as long as ctx lasts.
// The system frees it when its holder dies.
func (b Builder) lock(ctx context.Context, name, version string) (unlock func(), err error) {
	if err := os.MkdirAll(b.Cache, 0o755); err != nil { //nolint:gosec // programs are for all users to run
		return nil, fmt.Errorf("making the cache of tools: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(b.Cache, "."+name+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking tool %s: %w", name, err)
	}
	var done func(string)
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			break
		}
		if done == nil {
			done = progress.Start(b.Progress, fmt.Sprintf("waiting for another process that builds %s %s", name, version))
		}
		select {
		case <-ctx.Done():
			done("given up")
			return nil, errors.Join(fmt.Errorf("locking tool %s: %w", name, ctx.Err()), f.Close())
		case <-time.After(200 * time.Millisecond):
		}
	}
	if done != nil {
		done("over")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("locking tool %s: %w", name, err), f.Close())
	}
	return func() { _ = f.Close() }, nil // closing frees the lock
}

// unfinished is what the names of the folders begin with in which a tool is built.
func unfinished(name string) string {
	return ".building-" + name + "."
}

// sweep removes what builds of the tool left that were killed. The caller holds
// the tool's lock.
func (b Builder) sweep(name string) {
	left, err := filepath.Glob(filepath.Join(b.Cache, unfinished(name)+"*"))
	if err != nil {
		return
	}
	for _, dir := range left {
		_ = os.RemoveAll(dir) // the next build tries again
	}
}

// touch reports whether dir is there, and notes that it is in use.
func touch(dir string) bool {
	now := time.Now()
	return os.Chtimes(dir, now, now) == nil
}

// kept is the number of a tool's older builds that stay: another checkout may
// be at another version.
const kept = 2

// prune removes what earlier builds of the tool left, the last used ones kept.
// The caller holds the tool's lock.
func (b Builder) prune(name, current string) {
	entries, err := os.ReadDir(b.Cache)
	if err != nil {
		return
	}
	own := regexp.MustCompile(fmt.Sprintf(`^%s-[0-9a-f]{%d}$`, regexp.QuoteMeta(name), keyLength))
	var old []os.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && own.MatchString(e.Name()) && e.Name() != filepath.Base(current) {
			old = append(old, info)
		}
	}
	slices.SortFunc(old, func(a, b os.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for i, info := range old {
		if i >= kept {
			_ = os.RemoveAll(filepath.Join(b.Cache, info.Name())) // the next build tries again
		}
	}
}
