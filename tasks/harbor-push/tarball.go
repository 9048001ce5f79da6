// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// openTarball opens what `docker save` and `kaniko --tar-path` write. It is as
// much a stranger's as a layout.
func openTarball(file string) (*registry.Content, func(), error) {
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil, nil, step.Misuse("opening the docker tarball: %w", err)
	}
	content, err := readTarball(&folder{root}, filepath.Base(file))
	if err != nil {
		_ = root.Close()
		return nil, nil, step.Hint(step.Misuse("the docker tarball %s: %w", file, err), "it must hold exactly one image, as docker save and kaniko --tar-path write it, and not be compressed as a whole")
	}
	return content, func() { _ = root.Close() }, nil
}

func readTarball(l *folder, name string) (*registry.Content, error) {
	open := func() (io.ReadCloser, error) { return l.open(name) }
	if err := checkSize(open, "manifest.json"); err != nil {
		return nil, err
	}
	manifest, err := tarball.LoadManifest(open)
	if err != nil {
		return nil, err
	}
	for _, m := range manifest {
		if err := checkSize(open, m.Config); err != nil {
			return nil, err
		}
	}
	img, err := tarball.Image(open, nil)
	if err != nil {
		return nil, err
	}
	content, err := registry.OfImage(img)
	if err != nil {
		return nil, err
	}
	made := content.Manifests[0]
	_, err = checkManifest(made.MediaType, made.Raw, false)
	return content, err
}

// checkSize looks at a file of the tarball that is read into memory.
func checkSize(open tarball.Opener, name string) error {
	f, err := open()
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	for archive := tar.NewReader(f); ; {
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case path.Clean(header.Name) != path.Clean(name):
		case header.Typeflag != tar.TypeReg:
			return fmt.Errorf("%s is no plain file", name)
		case header.Size > maxJSON:
			return fmt.Errorf("%s is longer than %d bytes", name, maxJSON)
		default:
			return nil // the first of a name is the one that is read
		}
	}
}
