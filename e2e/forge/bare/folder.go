// SPDX-License-Identifier: Apache-2.0

package bare

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// item is a line of a tree object.
type item struct{ mode, name, sha string }

func (i item) isFolder() bool { return i.mode == treeMode }

// items are the lines of a tree, in its order; they are read once.
func (r *Repo) items(ctx context.Context, tree string) ([]item, error) {
	r.memory.mu.Lock()
	known, ok := r.memory.trees[tree]
	r.memory.mu.Unlock()
	if ok {
		return slices.Clone(known), nil
	}
	items, err := r.readItems(ctx, tree)
	if err != nil {
		return nil, err
	}
	r.memory.mu.Lock()
	defer r.memory.mu.Unlock()
	if r.memory.trees == nil || len(r.memory.trees) >= mostAnswers {
		r.memory.trees = map[string][]item{}
	}
	r.memory.trees[tree] = items
	return slices.Clone(items), nil
}

func (r *Repo) readItems(ctx context.Context, tree string) ([]item, error) {
	o, err := r.Read(ctx, tree)
	if err != nil {
		return nil, err
	}
	if o.Kind != "tree" {
		return nil, fmt.Errorf("object %s is a %s, not a tree: %w", tree, o.Kind, ErrNotFound)
	}
	var items []item
	for data := o.Data; len(data) > 0; {
		head, rest, ok := bytes.Cut(data, []byte{0})
		mode, name, ok2 := strings.Cut(string(head), " ")
		if !ok || !ok2 || len(rest) < 20 {
			return nil, fmt.Errorf("reading tree %s: truncated", tree)
		}
		items = append(items, item{fmt.Sprintf("%06s", mode), name, hex.EncodeToString(rest[:20])})
		data = rest[20:]
	}
	return items, nil
}

// treeOf is the tree that a tree-ish means: a commit, a tree, a ref, or REV:PATH.
func (r *Repo) treeOf(ctx context.Context, treeish string) (string, error) {
	rev, path, _ := strings.Cut(treeish, ":")
	tree, err := r.rootTree(ctx, rev)
	if err != nil || strings.Trim(path, "/") == "" {
		return tree, err
	}
	found, err := r.walk(ctx, tree, path)
	if err == nil && !found.isFolder() {
		err = fmt.Errorf("tree %s: %w", treeish, ErrNotFound)
	}
	return found.sha, err
}

func (r *Repo) rootTree(ctx context.Context, rev string) (string, error) {
	if IsID(rev) {
		switch o, err := r.Read(ctx, rev); {
		case err != nil:
			return "", err
		case o.Kind == "tree":
			return rev, nil
		case o.Kind == "commit":
			return parseCommit(o).Tree, nil
		}
	}
	out, err := r.git(ctx, nil, "rev-parse", "--verify", "--quiet", rev+"^{tree}")
	if err != nil {
		return "", fmt.Errorf("tree %s: %w", rev, ErrNotFound)
	}
	return strings.TrimSpace(string(out)), nil
}

// walk finds what is at a path below a tree.
func (r *Repo) walk(ctx context.Context, tree, path string) (item, error) {
	at := item{mode: treeMode, sha: tree}
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if !at.isFolder() {
			return item{}, fmt.Errorf("path %s in %s: %w", path, tree, ErrNotFound)
		}
		items, err := r.items(ctx, at.sha)
		if err != nil {
			return item{}, err
		}
		i := slices.IndexFunc(items, func(one item) bool { return one.name == part })
		if i < 0 {
			return item{}, fmt.Errorf("path %s in %s: %w", path, tree, ErrNotFound)
		}
		at = items[i]
	}
	return at, nil
}

// errBlocked says that a file stands where a folder should, or the other way round.
var errBlocked = errors.New("a file and a folder have the same name")

// put is a tree with one thing at a path, or with nothing there where its sha is empty. A
// folder without files is gone.
func (r *Repo) put(ctx context.Context, tree, path string, what item) (string, error) {
	var items []item
	if tree != "" {
		var err error
		if items, err = r.items(ctx, tree); err != nil {
			return "", err
		}
	}
	name, below, deeper := strings.Cut(path, "/")
	i := slices.IndexFunc(items, func(one item) bool { return one.name == name })
	was := item{}
	if i >= 0 {
		was = items[i]
		items = slices.Delete(items, i, i+1)
	}
	what.name = name
	switch {
	case deeper && was.sha != "" && !was.isFolder(), !deeper && was.isFolder() && !what.isFolder() && what.sha != "":
		return "", fmt.Errorf("writing %s: %w", path, errBlocked)
	case deeper:
		sha, err := r.put(ctx, was.sha, below, what)
		if err != nil {
			return "", err
		}
		what = item{treeMode, name, sha}
	}
	if what.sha != "" && (what.sha != EmptyTree || !what.isFolder()) {
		items = append(items, what)
	}
	return r.writeItems(items)
}

// sortKey is what trees are sorted by: the names of folders as if they ended in a slash.
func (i item) sortKey() string {
	if i.isFolder() {
		return i.name + "/"
	}
	return i.name
}

// writeItems writes a tree.
func (r *Repo) writeItems(items []item) (string, error) {
	slices.SortFunc(items, func(a, b item) int { return strings.Compare(a.sortKey(), b.sortKey()) })
	var data []byte
	for _, i := range items {
		sha, err := hex.DecodeString(i.sha)
		if err != nil {
			return "", fmt.Errorf("writing a tree with %s: %w", i.name, err)
		}
		data = append(fmt.Appendf(data, "%s %s\x00", strings.TrimLeft(i.mode, "0"), i.name), sha...)
	}
	return r.writeLoose("tree", data)
}
