// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"

	"github.com/adze-ci/adze/internal/step"
)

// The most that a layout's JSON files may be long, in bytes. Registries refuse
// manifests of more than 4 MiB; a configuration of that size would be odd too.
const maxJSON = 4 << 20

// openLayout opens the one image of an OCI layout:
// https://github.com/opencontainers/image-spec/blob/main/image-layout.md
func openLayout(dir string) (v1.Image, func(), error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, step.Misuse("opening the OCI layout: %w", err)
	}
	img, err := readLayout(&layout{root})
	if err != nil {
		_ = root.Close()
		return nil, nil, step.Hint(step.Misuse("the OCI layout in %s: %w", filepath.Clean(dir), err), "it must hold what one build wrote and nothing else")
	}
	return img, func() { _ = root.Close() }, nil
}

func readLayout(l *layout) (v1.Image, error) {
	raw, err := l.read("index.json")
	if err != nil {
		return nil, err
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(raw, &index); err != nil {
		return nil, fmt.Errorf("parsing index.json: %w", err)
	}
	if len(index.Manifests) != 1 {
		return nil, fmt.Errorf("index.json names %d images, want 1", len(index.Manifests))
	}
	core := &image{layout: l, desc: index.Manifests[0]}
	if core.manifest, err = l.verified(core.desc); err != nil {
		return nil, err
	}
	if core.parsed, err = checkManifest(core.desc.MediaType, core.manifest); err != nil {
		return nil, err
	}
	if core.config, err = l.verified(core.parsed.Config); err != nil {
		return nil, err
	}
	for _, layer := range core.parsed.Layers {
		if err := l.check(layer); err != nil {
			return nil, err
		}
	}
	return partial.CompressedToImage(core)
}

// layout reads files below one folder. A name that leads out of it, a link or
// anything else that is no plain file is refused.
type layout struct{ root *os.Root }

func (l *layout) open(name string) (*os.File, error) {
	for part := name; part != "."; part = filepath.Dir(part) {
		info, err := l.root.Lstat(part)
		if err != nil {
			return nil, err
		}
		if plain := info.Mode().IsRegular(); (part == name && !plain) || (part != name && !info.IsDir()) {
			return nil, fmt.Errorf("%s is a %s, which an image does not need", part, info.Mode().Type())
		}
	}
	f, err := l.root.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	// Whoever still writes may have put something else there meanwhile.
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("%s is no plain file any more", name), err, f.Close())
	}
	return f, nil
}

// read reads a small file.
func (l *layout) read(name string) ([]byte, error) {
	f, err := l.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	b, err := io.ReadAll(io.LimitReader(f, maxJSON+1))
	if len(b) > maxJSON {
		return nil, fmt.Errorf("%s is longer than %d bytes", name, maxJSON)
	}
	return b, err
}

// verified reads a blob that must have the digest that its descriptor names.
func (l *layout) verified(desc v1.Descriptor) ([]byte, error) {
	name, err := blobName(desc.Digest)
	if err != nil {
		return nil, err
	}
	b, err := l.read(name)
	if err != nil {
		return nil, err
	}
	got, _, err := v1.SHA256(bytes.NewReader(b))
	if err == nil && got != desc.Digest {
		err = fmt.Errorf("%s has the digest %s", name, got)
	}
	return b, err
}

// check looks at a layer without reading it: the registry compares its digest.
func (l *layout) check(desc v1.Descriptor) error {
	f, err := l.blob(desc.Digest)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was not even read
	info, err := f.Stat()
	if err == nil && info.Size() != desc.Size {
		err = fmt.Errorf("layer %s has %d bytes, the manifest says %d", desc.Digest, info.Size(), desc.Size)
	}
	return err
}

func (l *layout) blob(h v1.Hash) (*os.File, error) {
	name, err := blobName(h)
	if err != nil {
		return nil, err
	}
	return l.open(name)
}

// blobName is the path of a blob; v1.Hash has checked that the digest is hex.
func blobName(h v1.Hash) (string, error) {
	if h.Algorithm != "sha256" || h.Hex == "" {
		return "", errors.New("a digest is missing or is not sha256")
	}
	return filepath.Join("blobs", h.Algorithm, h.Hex), nil
}
