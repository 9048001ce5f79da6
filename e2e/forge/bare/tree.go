// SPDX-License-Identifier: Apache-2.0

package bare

import (
	"context"
	"errors"
	"fmt"
)

// Entry is a line of a tree.
type Entry struct {
	// Mode is git's octal mode of six digits, Kind blob, tree or commit.
	Mode, Kind, SHA string
	// Path is relative to the tree that was listed.
	Path string
	// Size is a blob's size in bytes, -1 for others.
	Size int64
}

// Change is what a new tree has at a path: an Entry, or nothing when SHA is empty.
type Change struct {
	Path, Mode, SHA string
}

// The modes of what is no file.
const (
	treeMode      = "040000"
	submoduleMode = "160000"
)

// Tree lists a tree-ish, with everything below it when recursive is set (then
// the folders are listed too, as GitHub does).
func (r *Repo) Tree(ctx context.Context, treeish string, recursive bool) ([]Entry, error) {
	tree, err := r.treeOf(ctx, treeish)
	if err != nil {
		return nil, err
	}
	return r.list(ctx, tree, "", recursive)
}

func (r *Repo) list(ctx context.Context, tree, above string, recursive bool) ([]Entry, error) {
	items, err := r.items(ctx, tree)
	if err != nil {
		return nil, err
	}
	entries := []Entry{}
	for _, i := range items {
		e, err := r.entry(ctx, i, above+i.name)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
		if !recursive || !i.isFolder() {
			continue
		}
		below, err := r.list(ctx, i.sha, e.Path+"/", true)
		if err != nil {
			return nil, err
		}
		entries = append(entries, below...)
	}
	return entries, nil
}

// Entry looks up what is at a path in a tree-ish; ErrNotFound when nothing is.
func (r *Repo) Entry(ctx context.Context, treeish, path string) (Entry, error) {
	tree, err := r.treeOf(ctx, treeish)
	if err != nil {
		return Entry{}, err
	}
	found, err := r.walk(ctx, tree, path)
	if err != nil {
		return Entry{}, err
	}
	return r.entry(ctx, found, path)
}

// entry adds the kind and the size.
func (r *Repo) entry(ctx context.Context, i item, path string) (Entry, error) {
	e := Entry{Mode: i.mode, SHA: i.sha, Path: path, Kind: "blob", Size: -1}
	switch i.mode {
	case treeMode:
		e.Kind = "tree"
	case submoduleMode:
		e.Kind = "commit"
	default:
		var err error
		if e.Size, err = r.size(ctx, i.sha); err != nil {
			return Entry{}, err
		}
	}
	return e, nil
}

// size is a blob's, in bytes.
func (r *Repo) size(ctx context.Context, sha string) (int64, error) {
	if _, size, _, done, err := r.header(sha); err == nil {
		done()
		return int64(size), nil
	}
	o, err := r.Read(ctx, sha)
	return int64(len(o.Data)), err
}

// WriteTree applies changes to the tree base (none when it is empty) and returns
// the new tree's id. A change with mode 040000 replaces a folder whole.
func (r *Repo) WriteTree(ctx context.Context, base string, changes []Change) (string, error) {
	tree := ""
	if base != "" {
		var err error
		if tree, err = r.treeOf(ctx, base); err != nil {
			return "", err
		}
	}
	for _, c := range changes {
		var err error
		if tree, err = r.put(ctx, tree, c.Path, item{mode: c.Mode, sha: c.SHA}); err != nil {
			return "", err
		}
	}
	if tree == "" {
		return r.writeItems(nil)
	}
	return tree, nil
}

// File reads the file at a path in a tree-ish.
func (r *Repo) File(ctx context.Context, treeish, path string) ([]byte, error) {
	e, err := r.Entry(ctx, treeish, path)
	if err != nil {
		return nil, err
	}
	if e.Kind != "blob" {
		return nil, errors.Join(fmt.Errorf("path %s in %s is a %s", path, treeish, e.Kind), ErrNotFound)
	}
	o, err := r.Read(ctx, e.SHA)
	return o.Data, err
}
