// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/step"
)

// maxFolders bounds how many folders are asked for one by one, in a repository
// that is too large for one list.
const maxFolders = 500

// SourceFile reads a file of the source repository at a commit; nil when there is none.
func (r *Repository) SourceFile(ctx context.Context, path, commit string) ([]byte, error) {
	doing := fmt.Sprintf("reading %s of %s/%s at %s", path, r.SourceOwner, r.SourceName, commit)
	var file *github.RepositoryContent
	missing := false
	err := r.untilSeen(ctx, doing, func() (err error) {
		file, _, _, err = r.Client.Repositories.GetContents(ctx, r.SourceOwner, r.SourceName, path, &github.RepositoryContentGetOptions{Ref: commit})
		if missing = status(err) == http.StatusNotFound && !unknownCommit(err); missing {
			return nil
		}
		return err
	})
	switch {
	case missing:
		return nil, nil
	case unknownCommit(err):
		return nil, step.Hint(r.refused(doing, err), "check that --revision (or --tag) is a commit that was pushed to %s/%s (--source-repo)", r.SourceOwner, r.SourceName)
	case err != nil:
		return nil, r.refused(doing, err)
	case file == nil:
		return nil, fmt.Errorf("%s: it is a folder", doing)
	}
	text, err := file.GetContent()
	return []byte(text), err
}

// unknownCommit tells a commit that is not there from a file that is not in it.
func unknownCommit(err error) bool {
	var rest *github.ErrorResponse
	return errors.As(err, &rest) && strings.HasPrefix(rest.Message, "No commit found")
}

// SourceTree tells the folders of the source repository at a commit. One request
// lists them all; where the forge cuts that list short, each folder that is looked
// into is one request more, and no other is made.
func (r *Repository) SourceTree(ctx context.Context, commit string) (monorepo.Tree, error) {
	at := &snapshot{Repository: &Repository{Client: r.Client, Owner: r.SourceOwner, Name: r.SourceName, Log: r.Log, memory: &memory{}}, commit: commit}
	tree, err := at.readTree(ctx, commit, true)
	if err != nil {
		return nil, err
	}
	if tree.GetTruncated() {
		r.Log.Info("the repository is too large for one list, so its folders are read as they are needed", "repository", r.SourceOwner+"/"+r.SourceName)
		return &folders{at: at, left: maxFolders, known: map[string]*github.Tree{}}, nil
	}
	paths := make(monorepo.Paths, 0, len(tree.Entries))
	for _, e := range tree.Entries {
		if isFile(e) {
			paths = append(paths, e.GetPath())
		}
	}
	return paths, nil
}

// folders is a tree whose folders are read one by one.
type folders struct {
	at    *snapshot
	left  int // how many more may be asked for
	known map[string]*github.Tree
}

// List reads folders.
func (f *folders) List(ctx context.Context, dirs []string) (map[string][]monorepo.Item, error) {
	listed := map[string][]monorepo.Item{}
	for _, dir := range dirs {
		tree, err := f.read(ctx, strings.TrimPrefix(dir, "."))
		if err != nil {
			return nil, err
		}
		if tree == nil {
			continue
		}
		items := make([]monorepo.Item, 0, len(tree.Entries))
		for _, e := range tree.Entries {
			if e.GetType() == "tree" || isFile(e) {
				items = append(items, monorepo.Item{Name: e.GetPath(), Dir: e.GetType() == "tree"})
			}
		}
		listed[dir] = items
	}
	return listed, nil
}

// read reads a folder, after those that it lies in; nil where there is none.
func (f *folders) read(ctx context.Context, dir string) (*github.Tree, error) {
	if tree, seen := f.known[dir]; seen {
		return tree, nil
	}
	id := f.at.commit
	if dir != "" {
		parent, name := "", dir
		if slash := strings.LastIndexByte(dir, '/'); slash >= 0 {
			parent, name = dir[:slash], dir[slash+1:]
		}
		above, err := f.read(ctx, parent)
		if err != nil || above == nil {
			return nil, err
		}
		entry := find(above, name)
		if entry == nil || entry.GetType() != "tree" {
			return nil, nil //nolint:nilnil // no folder is no error
		}
		id = entry.GetSHA()
	}
	if f.left--; f.left < 0 {
		return nil, f.at.tooMany("that services may be in")
	}
	tree, err := f.at.readTree(ctx, id, false)
	if err != nil {
		return nil, err
	}
	f.known[dir] = tree
	return tree, nil
}

// tooMany says that a repository's folders would take too many requests.
func (s *snapshot) tooMany(which string) error {
	return step.Hint(fmt.Errorf("%s/%s has more than %d folders %s, and the forge cuts their list short", s.Owner, s.Name, maxFolders, which),
		"narrow services.discover or a service's manifests in adze.yaml, or --path")
}
