// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"

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
		return nil, fmt.Errorf("watching the node's /etc: %w", err)
	}
	return &fileWatch{notify: notify, etcDir: etcDir, changed: make(chan struct{}, 1)}, nil
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
			return fmt.Errorf("watching %s: %w", name, err)
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
