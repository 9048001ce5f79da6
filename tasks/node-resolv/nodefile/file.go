// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"

	"github.com/adze-ci/adze/internal/step"
)

// ErrChanged says that someone else wrote the file since it was read.
var ErrChanged = errors.New("the file was changed by someone else meanwhile")

// File is a file of the node that is to be replaced.
type File struct {
	etc   Etc
	base  string
	node  string
	local string
	disk  disk
}

// Open finds the file behind a node's path. It fails where there is none, or
// where a link leads out of what this process sees.
func Open(etc Etc, nodePath string) (*File, error) {
	return open(etc, nodePath, system{})
}

func open(etc Etc, nodePath string, d disk) (*File, error) {
	node, err := etc.Follow(nodePath)
	if err != nil {
		return nil, err
	}
	f := &File{etc: etc, base: path.Base(nodePath), node: node, local: etc.Local(node), disk: d}
	info, err := os.Stat(f.local)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("finding the node's %s: it leads to %s, which is not there", nodePath, node)
		return nil, step.Hint(err, "where it exists on the node, mount %s at %s", path.Dir(node), filepath.Dir(f.local))
	case err != nil:
		return nil, fmt.Errorf("finding the node's %s: %w", nodePath, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("finding the node's %s: %s is no regular file", nodePath, node)
	}
	return f, nil
}

// NodePath is the file's path on the node, all links followed.
func (f *File) NodePath() string { return f.node }

// LocalPath is the path under which this process sees the file.
func (f *File) LocalPath() string { return f.local }

// Read returns the file's text.
func (f *File) Read() ([]byte, error) {
	text, err := os.ReadFile(f.local)
	if err != nil {
		return nil, fmt.Errorf("reading the node's %s: %w", f.node, err)
	}
	return text, nil
}

// Write replaces the text before, which was read, by the text after. It is
// ErrChanged where the file no longer holds before; the caller then reads and
// merges again. Equal texts write nothing.
func (f *File) Write(before, after []byte) error {
	if bytes.Equal(before, after) {
		return nil
	}
	links, err := hardLinks(f.local)
	if err != nil {
		return fmt.Errorf("writing the node's %s: %w", f.node, err)
	}
	if links == 1 {
		err = f.replace(before, after)
	}
	if links > 1 || errors.Is(err, syscall.EBUSY) {
		err = f.writeInPlace(before, after)
	}
	if err != nil {
		return fmt.Errorf("writing the node's %s: %w", f.node, err)
	}
	return nil
}

// replace renames a new file over the old one.
func (f *File) replace(before, after []byte) error {
	fresh := f.freshName()
	err := f.prepare(fresh, after)
	if err == nil {
		err = f.unchanged(before)
	}
	if err == nil {
		err = f.disk.rename(fresh, f.local)
	}
	if err != nil {
		return errors.Join(err, f.disk.remove(fresh))
	}
	return f.disk.sync(filepath.Dir(f.local))
}

func (f *File) prepare(fresh string, text []byte) error {
	if err := f.disk.create(fresh, text); err != nil {
		return err
	}
	if err := f.disk.like(fresh, f.local); err != nil {
		return err
	}
	return f.disk.sync(fresh)
}

// writeInPlace overwrites the file itself, with a journal meanwhile.
func (f *File) writeInPlace(before, after []byte) error {
	if err := f.writeJournal(journal{Path: f.node, Before: before, After: after}); err != nil {
		return err
	}
	err := f.unchanged(before)
	if err == nil {
		err = f.overwrite(f.local, before, after)
	}
	if err != nil && !errors.Is(err, ErrChanged) {
		return err // the journal stays: the write may be half-done
	}
	return errors.Join(err, f.removeJournal())
}

// overwrite writes a text over another. A shorter one is padded with empty
// lines until the file is cut, so that a reader in between sees no rest of an
// old line.
func (f *File) overwrite(name string, before, after []byte) error {
	padded := append(bytes.Clone(after), bytes.Repeat([]byte("\n"), max(0, len(before)-len(after)))...)
	if err := f.disk.overwrite(name, padded); err != nil {
		return err
	}
	if err := f.disk.sync(name); err != nil {
		return err
	}
	if len(padded) == len(after) {
		return nil
	}
	if err := f.disk.truncate(name, int64(len(after))); err != nil {
		return err
	}
	return f.disk.sync(name)
}

func (f *File) unchanged(before []byte) error {
	now, err := os.ReadFile(f.local)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, before) {
		return ErrChanged
	}
	return nil
}

func hardLinks(name string) (uint64, error) {
	info, err := os.Stat(name)
	if err != nil {
		return 0, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, fmt.Errorf("looking at %s: its hard links are not known", name)
	}
	return uint64(st.Nlink), nil //nolint:unconvert // 32 bits on arm64
}
