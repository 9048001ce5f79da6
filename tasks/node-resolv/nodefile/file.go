// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
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

// ErrNoFile says that where a path leads there is no regular file.
var ErrNoFile = errors.New("there is no regular file")

// absence is an ErrNoFile in words of its own.
type absence struct{ error }

func (a absence) Is(target error) bool { return target == ErrNoFile }
func (a absence) Unwrap() error        { return a.error }

// File is a file of the node that is to be replaced.
type File struct {
	etc Etc
	// asked is the path that was asked for, node that to which it leads.
	asked string
	node  string
	local string
	disk  disk
}

// Open finds the file behind a node's path. It is ErrNoFile where there is none,
// or where a link leads out of what this process sees.
func Open(etc Etc, nodePath string) (*File, error) {
	return open(etc, nodePath, system{}, false)
}

// OpenOrNew finds the file behind a node's path, or the place where it can be
// made. It is ErrNoFile where a link leads to nothing.
func OpenOrNew(etc Etc, nodePath string) (*File, error) {
	return open(etc, nodePath, system{}, true)
}

func open(etc Etc, nodePath string, d disk, mayMiss bool) (*File, error) {
	node, err := etc.Follow(nodePath)
	if err != nil {
		return nil, err
	}
	f := &File{etc: etc, asked: path.Clean(nodePath), node: node, local: etc.Local(node), disk: d}
	info, err := os.Stat(f.local)
	switch {
	case errors.Is(err, fs.ErrNotExist) && mayMiss && !dangling(etc, nodePath):
		return f, nil
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("finding the node's %s: it leads to %s, which is not there", nodePath, node)
		return nil, absence{step.Hint(err, "where it exists on the node, mount %s at %s", path.Dir(node), filepath.Dir(f.local))}
	case errors.Is(err, syscall.ENOTDIR):
		return nil, absence{fmt.Errorf("finding the node's %s: %w", nodePath, err)}
	case err != nil:
		return nil, fmt.Errorf("finding the node's %s: %w", nodePath, err)
	case !info.Mode().IsRegular():
		return nil, absence{fmt.Errorf("finding the node's %s: %s is no regular file", nodePath, node)}
	}
	return f, nil
}

// dangling tells whether a path whose file is missing is a link.
func dangling(etc Etc, nodePath string) bool {
	folder, err := etc.Follow(path.Dir(nodePath))
	if err != nil {
		return true
	}
	_, err = os.Lstat(etc.Local(path.Join(folder, path.Base(nodePath))))
	return err == nil
}

// NodePath is the file's path on the node, all links followed.
func (f *File) NodePath() string { return f.node }

// LocalPath is the path under which this process sees the file.
func (f *File) LocalPath() string { return f.local }

// Read returns the file's text; nil where there is no file.
func (f *File) Read() ([]byte, error) {
	text, err := read(f.local)
	if err != nil {
		return nil, fmt.Errorf("reading the node's %s: %w", f.node, err)
	}
	return text, nil
}
