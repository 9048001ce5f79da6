// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"context"
	"errors"
	"io/fs"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
)

// atCommit reads sources through the forge's API.
type atCommit struct {
	repo   *propose.Repository
	commit string
}

// SourceFile reads one file.
func (a atCommit) SourceFile(ctx context.Context, path string) ([]byte, error) {
	return a.repo.SourceFile(ctx, path, a.commit)
}

// SourceTree lists the commit's folders.
func (a atCommit) SourceTree(ctx context.Context) (monorepo.Tree, error) {
	return a.repo.SourceTree(ctx, a.commit)
}

// Close has nothing to do.
func (atCommit) Close() error { return nil }

// onDisk reads sources from a folder.
type onDisk struct{ *manifests.Folder }

// SourceFile reads one file.
func (d onDisk) SourceFile(ctx context.Context, path string) ([]byte, error) {
	b, err := d.Read(ctx, manifests.File{Path: path})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// SourceTree lists all files.
func (d onDisk) SourceTree(ctx context.Context) (monorepo.Tree, error) {
	files, err := d.List(ctx, "")
	paths := make([]string, 0, len(files))
	for _, f := range files {
		if f.Link == "" {
			paths = append(paths, f.Path)
		}
	}
	return monorepo.Paths(paths), err
}
