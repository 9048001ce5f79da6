// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// open finds out what --from names and opens it. The returned function closes
// it, once the image is no longer read.
func (o *options) open(ctx context.Context, client *registry.Client) (v1.Image, func(), error) {
	info, err := os.Lstat(o.from)
	switch {
	case err == nil && info.IsDir():
		return openLayout(o.from)
	case err == nil && info.Mode().IsRegular():
		img, err := openTarball(o.from)
		return img, func() {}, err
	case err == nil:
		return nil, nil, step.Misuse("--from=%s is a %s, neither a folder nor a file", o.from, info.Mode().Type())
	case !errors.Is(err, fs.ErrNotExist), strings.HasPrefix(o.from, "/"), strings.HasPrefix(o.from, "."):
		return nil, nil, step.Hint(step.Misuse("opening the image to push: %w", err), "--from takes an OCI layout, a docker tarball or a reference in a registry")
	}
	img, err := openRemote(ctx, client, o.from)
	return img, func() {}, err
}

// openTarball opens what `docker save` and `kaniko --tar-path` write.
func openTarball(path string) (v1.Image, error) {
	img, err := tarball.ImageFromPath(path, nil)
	if err != nil {
		return nil, step.Hint(step.Misuse("opening the docker tarball %s: %w", path, err), "it must hold exactly one image")
	}
	return img, nil
}

// openRemote opens an image of another repository or registry.
func openRemote(ctx context.Context, client *registry.Client, from string) (v1.Image, error) {
	ref, err := client.Reference(from)
	if err != nil {
		return nil, step.Hint(err, "no file has that name either")
	}
	got, err := client.Get(ctx, ref)
	if err != nil {
		return nil, err
	}
	if got.MediaType.IsIndex() {
		return nil, step.Hint(step.Misuse("%s is an index of several images", ref), "name one of its images by digest")
	}
	return got.Image()
}
