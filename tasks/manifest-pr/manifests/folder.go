// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
)

// Folder is a directory on disk. Nothing outside of it is read or written,
// wherever its links lead.
type Folder struct{ root *os.Root }

// OpenFolder opens a directory.
func OpenFolder(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	return &Folder{root}, err
}

// List walks the directory; .git is left out.
func (f *Folder) List(_ context.Context, below string) ([]File, error) {
	var files []File
	if below == "" {
		below = "."
	}
	err := fs.WalkDir(f.root.FS(), below, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case d.Type().IsRegular():
			files = append(files, File{Path: name})
		case d.Type()&fs.ModeSymlink != 0:
			target, err := f.root.Readlink(name)
			if err != nil {
				return err
			}
			files = append(files, File{Path: name, Link: path.Join(path.Dir(name), target)})
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return files, err
}

// Read reads one file.
func (f *Folder) Read(_ context.Context, file File) ([]byte, error) {
	return f.root.ReadFile(file.Path)
}

// Stat tells about a file or folder.
func (f *Folder) Stat(name string) (fs.FileInfo, error) { return f.root.Stat(name) }

// Close closes the directory.
func (f *Folder) Close() error { return f.root.Close() }
