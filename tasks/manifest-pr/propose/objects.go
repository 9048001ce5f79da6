// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

// objects remembers what was read: git objects never change.
type objects struct {
	trees once[*github.Tree]
	blobs once[[]byte]
}

// snapshot is the repository at one commit. It is a manifests.Source.
type snapshot struct {
	*Repository
	// commit and tree are the ids of the commit and of its tree.
	commit, tree string
}

// snapshot reads the top of a commit's tree.
func (r *Repository) snapshot(ctx context.Context, commit string) (*snapshot, error) {
	tree, err := r.readTree(ctx, commit, false)
	if err != nil {
		return nil, err
	}
	return &snapshot{r, commit, tree.GetSHA()}, nil
}

// List goes down to the path level by level and lists all below it with one request.
func (s *snapshot) List(ctx context.Context, path string) ([]manifests.File, error) {
	if path == "" {
		return s.below(ctx, s.tree, "")
	}
	id, at := s.commit, ""
	for part := range strings.SplitSeq(path, "/") {
		tree, err := s.readTree(ctx, id, false)
		if err != nil {
			return nil, err
		}
		entry := find(tree, part)
		if entry == nil {
			return nil, nil
		}
		id, at = entry.GetSHA(), join(at, part)
		switch {
		case entry.GetType() == "tree":
		case at == path && isFile(entry):
			return []manifests.File{{Path: path, ID: id, Mode: entry.GetMode()}}, nil
		default:
			return nil, nil
		}
	}
	return s.below(ctx, id, path)
}

// below lists all files of a tree.
func (s *snapshot) below(ctx context.Context, id, path string) ([]manifests.File, error) {
	left := maxFolders
	return s.allBelow(ctx, id, path, &left)
}

// allBelow lists a tree with one request. Where the forge cuts a long list short,
// its folders are listed one by one, as long as some requests are left.
func (s *snapshot) allBelow(ctx context.Context, id, path string, left *int) ([]manifests.File, error) {
	if *left--; *left < 0 {
		return nil, s.tooMany("below " + path)
	}
	tree, err := s.readTree(ctx, id, true)
	if err != nil {
		return nil, err
	}
	cut := tree.GetTruncated()
	if cut {
		if tree, err = s.readTree(ctx, id, false); err != nil {
			return nil, err
		}
	}
	var files []manifests.File
	for _, e := range tree.Entries {
		switch {
		case isFile(e):
			files = append(files, manifests.File{Path: join(path, e.GetPath()), ID: e.GetSHA(), Mode: e.GetMode()})
		case cut && e.GetType() == "tree":
			inner, err := s.allBelow(ctx, e.GetSHA(), join(path, e.GetPath()), left)
			if err != nil {
				return nil, err
			}
			files = append(files, inner...)
		}
	}
	return files, nil
}

// Read reads a file's content.
func (s *snapshot) Read(ctx context.Context, f manifests.File) ([]byte, error) {
	return s.objects.blobs.get(f.ID, func() ([]byte, error) {
		b, _, err := s.Client.Git.GetBlobRaw(ctx, s.Owner, s.Name, f.ID)
		if err != nil {
			return nil, s.failed("reading "+f.Path, err)
		}
		return b, nil
	})
}

func (r *Repository) readTree(ctx context.Context, id string, recursive bool) (*github.Tree, error) {
	return r.objects.trees.get(fmt.Sprint(id, recursive), func() (*github.Tree, error) {
		tree, _, err := r.Client.Git.GetTree(ctx, r.Owner, r.Name, id, recursive)
		if err != nil {
			return nil, r.failed("reading tree "+id, err)
		}
		return tree, nil
	})
}

func find(tree *github.Tree, name string) *github.TreeEntry {
	for _, e := range tree.Entries {
		if e.GetPath() == name {
			return e
		}
	}
	return nil
}

// isFile leaves out links and submodules.
func isFile(e *github.TreeEntry) bool {
	return e.GetType() == "blob" && strings.HasPrefix(e.GetMode(), "100")
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}
