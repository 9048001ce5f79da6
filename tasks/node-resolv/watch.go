// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
)

const (
	// calmFor is how long nothing happens to a file that was written.
	calmFor = 100 * time.Millisecond
	// maxCalm is how often that wait may begin anew.
	maxCalm = 5
)

// fileWatch tells of changes of the node's files, whether one is written,
// replaced, or its link is.
type fileWatch struct {
	notify *fsnotify.Watcher
	etcDir string
	// changed gets a word when something happened.
	changed chan struct{}
}

func newFileWatch(etcDir string) (*fileWatch, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, watching("the node's /etc", err)
	}
	return &fileWatch{notify: notify, etcDir: etcDir, changed: make(chan struct{}, 1)}, nil
}

// watching tells of a watch that cannot be had. The kernel's words for what the
// node allows too few of are about files and disks: inotify_init(2), inotify_add_watch(2).
func watching(what string, err error) error {
	told := fmt.Errorf("watching %s: %w", what, err)
	switch {
	case errors.Is(err, syscall.EMFILE):
		return step.Hint(told, "the node's programs hold all inotify instances: raise its sysctl fs.inotify.max_user_instances")
	case errors.Is(err, syscall.ENOSPC):
		return step.Hint(told, "no disk is full, the node's programs hold all inotify watches: raise its sysctl fs.inotify.max_user_watches")
	default:
		return told
	}
}

// follow makes the watch cover files: their folders, for a rename, the files
// themselves, for a mount's writes do not show in the folder, and the links.
func (w *fileWatch) follow(files []*nodefile.File) error {
	names := []string{w.etcDir}
	for _, f := range files {
		names = append(names, filepath.Dir(f.LocalPath()), f.LocalPath())
	}
	for _, old := range w.notify.WatchList() {
		if !slices.Contains(names, old) {
			_ = w.notify.Remove(old) // it may be gone already
		}
	}
	for _, name := range names {
		if err := w.notify.Add(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return watching(name, err)
		}
	}
	return nil
}

// run passes events on until the context ends. What happens to other files of
// the folders is dropped by its name.
func (w *fileWatch) run(ctx context.Context, ours func(base string) bool) {
	defer w.notify.Close() //nolint:errcheck // the process ends
	for {
		select {
		case <-ctx.Done():
			return
		case err := <-w.notify.Errors:
			if err != nil {
				w.tell() // events were lost: look
			}
		case event := <-w.notify.Events:
			if ours(filepath.Base(event.Name)) {
				w.tell()
			}
		}
	}
}

func (w *fileWatch) tell() {
	select {
	case w.changed <- struct{}{}:
	default: // one is waiting already
	}
}

// calm waits until nothing happened for a moment, for most writers first cut a
// file and then fill it; not for long.
func (w *fileWatch) calm(ctx context.Context) {
	for range maxCalm {
		select {
		case <-ctx.Done():
			return
		case <-w.changed:
		case <-time.After(calmFor):
			return
		}
	}
}
