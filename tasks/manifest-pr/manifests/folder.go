// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// Folder reads manifests from a directory on disk. Links that lead out of it are not followed.
type Folder struct{ root *os.Root }

// OpenFolder opens a directory.
func OpenFolder(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	return &Folder{root}, err
}

// List walks the directory; .git is left out.
func (f *Folder) List(_ context.Context, path string) ([]File, error) {
	var files []File
	if path == "" {
		path = "."
	}
	err := fs.WalkDir(f.root.FS(), path, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case d.Type().IsRegular():
			files = append(files, File{Path: name})
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

// Close closes the directory.
func (f *Folder) Close() error { return f.root.Close() }
