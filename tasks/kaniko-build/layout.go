// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/v1/layout"

	"github.com/adze-ci/adze/internal/step"
)

// prepareLayout makes room for a layout: an earlier one is removed, for the
// executor would leave its blobs among the new ones. A folder that holds
// anything else is left alone.
func prepareLayout(dir string) error {
	if dir == "" {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && len(entries) == 0) {
		return nil
	}
	if err != nil {
		return step.Misuse("reading --layout: %w", err)
	}
	for _, e := range entries {
		switch e.Name() {
		case "oci-layout", "index.json", "blobs":
		default:
			return step.Misuse("--layout=%s holds %s, which is no part of an OCI layout; name a folder that may be replaced", dir, e.Name())
		}
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("removing the earlier layout: %w", err)
		}
	}
	return nil
}

// openUp lets others than root read a layout, which Kaniko leaves to root alone,
// and tells the image's digest and the size of all files in bytes.
func openUp(dir string) (digest string, size int64, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", 0, err
	}
	defer root.Close() //nolint:errcheck // nothing is written through it
	err = fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return root.Chmod(path, info.Mode().Perm()|0o555)
		case d.Type().IsRegular():
			size += info.Size()
			return root.Chmod(path, info.Mode().Perm()|0o444)
		}
		return fmt.Errorf("%s is a %s", path, d.Type())
	})
	if err != nil {
		return "", 0, err
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return "", 0, err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return "", 0, err
	}
	if len(manifest.Manifests) != 1 {
		return "", 0, fmt.Errorf("index.json names %d images, want 1", len(manifest.Manifests))
	}
	return manifest.Manifests[0].Digest.String(), size, nil
}
