// SPDX-License-Identifier: Apache-2.0

package bare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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

const treeMode = "040000"

// Tree lists a tree-ish, with everything below it when recursive is set (then
// the folders are listed too, as GitHub does).
func (r *Repo) Tree(ctx context.Context, treeish string, recursive bool) ([]Entry, error) {
	args := []string{"ls-tree", "-z", "--long"}
	if recursive {
		args = append(args, "-r", "-t")
	}
	out, err := r.recall(ctx, []string{treeish}, append(args, treeish)...)
	if err != nil {
		if exitCode(err) == 128 {
			return nil, fmt.Errorf("tree %s: %w", treeish, ErrNotFound)
		}
		return nil, err
	}
	return parseEntries(out)
}

// Entry looks up what is at a path in a tree-ish; ErrNotFound when nothing is.
func (r *Repo) Entry(ctx context.Context, treeish, path string) (Entry, error) {
	out, err := r.recall(ctx, []string{treeish}, "ls-tree", "-z", "--long", treeish, "--", path)
	if err != nil {
		return Entry{}, err
	}
	entries, err := parseEntries(out)
	if err != nil {
		return Entry{}, err
	}
	if len(entries) != 1 {
		return Entry{}, fmt.Errorf("path %s in %s: %w", path, treeish, ErrNotFound)
	}
	return entries[0], nil
}

func parseEntries(out []byte) ([]Entry, error) {
	entries := []Entry{}
	for _, record := range bytes.Split(out, []byte{0}) {
		if len(record) == 0 {
			continue
		}
		head, path, _ := strings.Cut(string(record), "\t")
		f := strings.Fields(head)
		if len(f) != 4 {
			return nil, fmt.Errorf("reading a tree: unexpected line %q", record)
		}
		size, err := strconv.ParseInt(f[3], 10, 64)
		if err != nil {
			size = -1
		}
		entries = append(entries, Entry{Mode: f[0], Kind: f[1], SHA: f[2], Path: path, Size: size})
	}
	return entries, nil
}

// WriteTree applies changes to the tree base (none when it is empty) and returns
// the new tree's id. A change with mode 040000 replaces a folder whole.
func (r *Repo) WriteTree(ctx context.Context, base string, changes []Change) (string, error) {
	write := func() ([]byte, error) { return r.writeTree(ctx, base, changes) }
	if base != "" && !IsID(base) {
		out, err := write()
		return string(out), err
	}
	out, err := r.once(fmt.Sprintf("write-tree %s %q", base, changes), write)
	return string(out), err
}

func (r *Repo) writeTree(ctx context.Context, base string, changes []Change) ([]byte, error) {
	dir, err := os.MkdirTemp("", "forge-index-")
	if err != nil {
		return nil, fmt.Errorf("making a temporary index: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder left behind does no harm
	env := []string{"GIT_INDEX_FILE=" + filepath.Join(dir, "index")}
	if base != "" {
		if _, err := r.gitEnv(ctx, env, nil, "read-tree", base); err != nil {
			return nil, err
		}
	}
	flat, err := r.flatten(ctx, base, changes)
	if err != nil {
		return nil, err
	}
	if err := r.stage(ctx, env, flat); err != nil {
		return nil, err
	}
	out, err := r.gitEnv(ctx, env, nil, "write-tree")
	return bytes.TrimSpace(out), err
}

// flatten says changes of whole folders in files: those that base has there go,
// those of the new tree come.
func (r *Repo) flatten(ctx context.Context, base string, changes []Change) ([]Change, error) {
	var out []Change
	for _, c := range changes {
		if c.Mode != treeMode {
			out = append(out, c)
			continue
		}
		gone, err := r.below(ctx, base+":"+c.Path, c.Path)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		for _, e := range gone {
			out = append(out, Change{Path: e.Path})
		}
		if c.SHA == "" {
			continue
		}
		come, err := r.below(ctx, c.SHA, c.Path)
		if err != nil {
			return nil, err
		}
		out = append(out, come...)
	}
	return out, nil
}

// below lists the files of a tree as they are under a path.
func (r *Repo) below(ctx context.Context, tree, at string) ([]Change, error) {
	entries, err := r.Tree(ctx, tree, true)
	var out []Change
	for _, e := range entries {
		if e.Kind != "tree" {
			out = append(out, Change{Path: at + "/" + e.Path, Mode: e.Mode, SHA: e.SHA})
		}
	}
	return out, err
}

// stage puts changes of files into the index.
func (r *Repo) stage(ctx context.Context, env []string, changes []Change) error {
	var info bytes.Buffer
	for _, c := range changes {
		if c.SHA == "" {
			fmt.Fprintf(&info, "0 %s\t%s\x00", Zero, c.Path)
			continue
		}
		fmt.Fprintf(&info, "%s %s\t%s\x00", c.Mode, c.SHA, c.Path)
	}
	if info.Len() == 0 {
		return nil
	}
	_, err := r.gitEnv(ctx, env, info.Bytes(), "update-index", "-z", "--index-info")
	return err
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
