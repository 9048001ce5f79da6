// SPDX-License-Identifier: Apache-2.0

package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/step"
)

// Folders and files are for all to read, whoever runs the next step.
const (
	dirMode  fs.FileMode = 0o755
	fileMode fs.FileMode = 0o644
)

// lfsPointer begins a Git LFS pointer file
// (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md).
var lfsPointer = []byte("version https://git-lfs.github.com/spec/v1\n")

// write puts the files into the output folder, or none of them, and counts
// their bytes.
func (o *options) write(ctx context.Context, repo *gitx.Repo, files map[string]gitx.Entry) (int, error) {
	paths := slices.Sorted(maps.Keys(files))
	if err := check(paths, files); err != nil {
		return 0, err
	}
	ids := make([]gitx.ID, 0, len(paths))
	for _, p := range paths {
		ids = append(ids, files[p].ID)
	}
	blobs, err := repo.Blobs(ctx, ids)
	if err != nil {
		return 0, err
	}
	for _, p := range paths {
		if bytes.HasPrefix(blobs[files[p].ID], lfsPointer) {
			return 0, leftOut(fmt.Errorf("%s is kept in Git LFS, which is not fetched", p), p)
		}
	}
	if err := os.MkdirAll(o.outputDir, dirMode); err != nil {
		return 0, fmt.Errorf("making the output folder: %w", err)
	}
	root, err := os.OpenRoot(o.outputDir)
	if err != nil {
		return 0, fmt.Errorf("opening the output folder: %w", err)
	}
	defer root.Close() //nolint:errcheck // only read from
	w := writer{root: root}
	for _, p := range paths {
		if err := w.put(p, files[p].Mode, blobs[files[p].ID]); err != nil {
			return 0, errors.Join(fmt.Errorf("writing %s to %s: %w", p, o.outputDir, err), w.undo())
		}
	}
	return w.bytes, nil
}

// check refuses what cannot be fetched and paths that no honest tree has.
func check(paths []string, files map[string]gitx.Entry) error {
	for _, p := range paths {
		if files[p].Mode == gitx.Gitlink {
			return leftOut(fmt.Errorf("%s is a submodule, which is not fetched", p), p)
		}
		if !fs.ValidPath(p) || strings.ContainsRune(p, 0) {
			return fmt.Errorf("%w: the path %q leaves the repository", gitx.ErrCorrupt, p)
		}
		for name := range strings.SplitSeq(p, "/") {
			if strings.EqualFold(name, ".git") {
				return fmt.Errorf("%w: the path %q names a git folder", gitx.ErrCorrupt, p)
			}
		}
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			if _, ok := files[dir]; ok {
				return fmt.Errorf("%w: %q is a file and a folder", gitx.ErrCorrupt, dir)
			}
		}
	}
	return nil
}

func leftOut(err error, p string) error {
	return step.Hint(err, "if the build does not need it, take it away with inputs: [%q]", "!"+p)
}

// writer writes below a folder, never out of it, and remembers what it made.
type writer struct {
	root  *os.Root
	made  []string
	bytes int
}

func (w *writer) put(p string, mode gitx.Mode, data []byte) error {
	if err := w.mkdir(path.Dir(p)); err != nil {
		return err
	}
	w.bytes += len(data)
	if mode == gitx.Symlink {
		if err := w.root.Symlink(string(data), p); err != nil {
			return err
		}
		w.made = append(w.made, p)
		return nil
	}
	perm := fileMode
	if mode == gitx.Exec {
		perm = dirMode
	}
	f, err := w.root.OpenFile(p, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	w.made = append(w.made, p)
	_, err = f.Write(data)
	return errors.Join(err, f.Chmod(perm), f.Close())
}

// mkdir makes a folder and those above it, whatever the umask.
func (w *writer) mkdir(dir string) error {
	if dir == "." {
		return nil
	}
	if err := w.mkdir(path.Dir(dir)); err != nil {
		return err
	}
	err := w.root.Mkdir(dir, dirMode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	w.made = append(w.made, dir)
	return w.root.Chmod(dir, dirMode)
}

// undo removes what was made, newest first.
func (w *writer) undo() error {
	var errs []error
	for _, p := range slices.Backward(w.made) {
		errs = append(errs, w.root.Remove(p))
	}
	return errors.Join(errs...)
}
