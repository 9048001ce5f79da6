// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// open finds out what --from names and opens it. The returned function closes
// it, once it is no longer read.
func (o *options) open(ctx context.Context, client *registry.Client, log *slog.Logger) (*registry.Content, func(), error) {
	info, err := os.Lstat(o.from)
	switch {
	case err == nil && info.IsDir():
		bases, err := readBases(ctx, client, o.plan)
		if err != nil {
			return nil, nil, err
		}
		return openLayout(o.from, bases)
	case err == nil && info.Mode().IsRegular():
		log.Info("a docker tarball holds no manifest: the digest is that of the one made here, an OCI layout keeps the built one", "from", o.from)
		return openTarball(o.from)
	case err == nil:
		return nil, nil, step.Misuse("--from=%s is a %s, neither a folder nor a file", o.from, info.Mode().Type())
	case !errors.Is(err, fs.ErrNotExist), strings.HasPrefix(o.from, "/"), strings.HasPrefix(o.from, "."):
		return nil, nil, step.Hint(step.Misuse("opening the image to push: %w", err), "--from takes an OCI layout, a docker tarball or a reference in a registry")
	}
	content, err := openRemote(ctx, client, o.from)
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
