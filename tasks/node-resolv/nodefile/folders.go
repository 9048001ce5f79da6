// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/adze-ci/adze/internal/step"
)

// missing lists the folders that a file needs and that are not there, parents
// first, by their node paths. One right below the node's root is never made: it
// is there on the node, and only not mounted here.
func (e Etc) missing(file string) ([]string, error) {
	var folders []string
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		_, err := os.Stat(e.Local(dir))
		if err == nil {
			return folders, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("looking for the node's %s: %w", dir, err)
		}
		if path.Dir(dir) == "/" {
			err = fmt.Errorf("looking for the node's %s: it is not there", dir)
			return nil, step.Hint(err, "mount it, or a folder in it, at %s", e.Local(dir))
		}
		folders = slices.Insert(folders, 0, dir)
	}
}

// makeFolders makes folders, parents first.
func (e Etc) makeFolders(folders []string, d disk) error {
	for _, dir := range folders {
		local := e.Local(dir)
		if err := d.mkdir(local); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := d.sync(filepath.Dir(local)); err != nil {
			return err
		}
	}
	return nil
}

// prune forgets the made files that are gone, and removes the folders that were
// made for them.
func (e Etc) prune(j journal, d disk) (journal, error) {
	var left []string
	for _, file := range j.Made {
		if _, err := os.Lstat(e.Local(file)); err == nil || e.hides(file, j.Folders) != nil {
			left = append(left, file)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return j, fmt.Errorf("looking at the node's %s: %w", file, err)
		}
	}
	j.Made = left
	var kept []string
	for _, dir := range slices.Backward(j.Folders) {
		inside := func(file string) bool { return strings.HasPrefix(file, dir+"/") }
		if slices.ContainsFunc(j.Made, inside) {
			kept = slices.Insert(kept, 0, dir)
		} else if err := e.removeFolder(dir, d); err != nil {
			return j, err
		}
	}
	j.Folders = kept
	return j, nil
}

// hides is an error where a file cannot be looked for, as the folder that it lay
// in, or above those that were made for it, is not there: then it is not mounted
// here. All of /etc is.
func (e Etc) hides(file string, made []string) error {
	dir := path.Dir(file)
	for slices.Contains(made, dir) {
		dir = path.Dir(dir)
	}
	if dir == "/etc" || strings.HasPrefix(dir, "/etc/") {
		return nil
	}
	_, err := os.Stat(e.Local(dir))
	if err == nil {
		return nil
	}
	return step.Hint(fmt.Errorf("looking for the node's %s, which node-resolv wrote: %w", file, err), "mount the node's %s at %s", dir, e.Local(dir))
}

// removeFolder removes a folder if it is empty. One that others use stays.
func (e Etc) removeFolder(dir string, d disk) error {
	local := e.Local(dir)
	err := d.rmdir(local)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTEMPTY), errors.Is(err, syscall.EEXIST), errors.Is(err, syscall.EBUSY), errors.Is(err, syscall.ENOTDIR):
		return nil
	case err != nil:
		return fmt.Errorf("removing the node's %s: %w", dir, err)
	}
	return d.sync(filepath.Dir(local))
}
