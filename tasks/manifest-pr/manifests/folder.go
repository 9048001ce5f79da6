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
// wherever its links lead. It is for one goroutine at a time.
type Folder struct {
	root *os.Root
	// near is the directory of the file that was used last, so that one after
	// the other need not be looked up from the root.
	near *os.Root
	dir  string
}

// OpenFolder opens a directory.
func OpenFolder(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	return &Folder{root: root, near: root, dir: "."}, err
}

// at opens the directory of a file, and gives the file's name in it.
func (f *Folder) at(file string) (*os.Root, string, error) {
	dir, name := path.Dir(file), path.Base(file)
	if dir == f.dir {
		return f.near, name, nil
	}
	next, err := f.root.OpenRoot(dir)
	if err != nil {
		return nil, "", err
	}
	f.leave()
	f.near, f.dir = next, dir
	return next, name, nil
}

// leave closes the directory that was used last.
func (f *Folder) leave() {
	if f.near != f.root {
		_ = f.near.Close() // it was only read
	}
	f.near, f.dir = f.root, "."
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
		case d.Type().IsRegular() || d.Type()&fs.ModeSymlink != 0:
			file, err := f.file(name, d.Type()&fs.ModeSymlink != 0 || name == below)
			files = append(files, file)
			return err
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return files, err
}

// file is a file or, where it may be one, a link. The path that a walk begins
// with looks like what it leads to.
func (f *Folder) file(name string, mayLink bool) (File, error) {
	if !mayLink {
		return File{Path: name}, nil
	}
	info, err := f.root.Lstat(name)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return File{Path: name}, err
	}
	target, err := f.root.Readlink(name)
	return File{Path: name, Link: path.Join(path.Dir(name), target)}, err
}

// Read reads one file. A link is followed, but not out of the folder.
func (f *Folder) Read(_ context.Context, file File) ([]byte, error) {
	if file.Link != "" {
		return f.root.ReadFile(file.Path)
	}
	near, name, err := f.at(file.Path)
	if err != nil {
		return nil, err
	}
	return near.ReadFile(name)
}

// Stat tells about a file or folder.
func (f *Folder) Stat(name string) (fs.FileInfo, error) { return f.root.Stat(name) }

// Close closes the directory.
func (f *Folder) Close() error {
	f.leave()
	return f.root.Close()
}
