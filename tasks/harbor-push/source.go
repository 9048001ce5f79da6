// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// open finds out what --from names and opens it. The returned function closes
// it, once it is no longer read.
func (j *job) open(ctx context.Context) (content *registry.Content, done func(), err error) {
	info, err := os.Lstat(j.from)
	switch {
	case err == nil && info.IsDir():
		if j.bases, err = readBases(ctx, j.client, j.plan); err != nil {
			return nil, nil, err
		}
		return openLayout(j.from, j.bases)
	case err == nil && info.Mode().IsRegular():
		// What is built may put a file in the folder's place, and it is held to the plan too.
		if _, err := readBases(ctx, j.client, j.plan); err != nil {
			return nil, nil, err
		}
		j.log.Info("of a docker tarball no manifest is read: the digest is that of the one made here, an OCI layout keeps the built one", "from", j.from)
		return openTarball(j.from)
	case err == nil:
		return nil, nil, step.Misuse("--from=%s is a %s, neither a folder nor a file", j.from, info.Mode().Type())
	case !errors.Is(err, fs.ErrNotExist), strings.HasPrefix(j.from, "/"), strings.HasPrefix(j.from, "."):
		return nil, nil, step.Hint(step.Misuse("opening the image to push: %w", err), "--from takes an OCI layout, a docker tarball or a reference in a registry")
	}
	content, err = openRemote(ctx, j.client, j.from)
	return content, func() {}, err
}

// openRemote opens an image or an index of another repository or registry.
func openRemote(ctx context.Context, client *registry.Client, from string) (*registry.Content, error) {
	ref, err := client.Reference(from)
	if err != nil {
		return nil, step.Hint(err, "no file has that name either")
	}
	return client.Content(ctx, ref)
}
