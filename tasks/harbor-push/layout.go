// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// An index may list indexes, so deep, and so many manifests in all.
const (
	maxDepth     = 2
	maxManifests = 64
)

// openLayout opens the one image, or the one index of images, of an OCI layout:
// https://github.com/opencontainers/image-spec/blob/main/image-layout.md
//
// A layer may be missing that one of the given bases has.
func openLayout(dir string, bases bases) (*registry.Content, func(), error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, step.Misuse("opening the OCI layout: %w", err)
	}
	l := &layout{folder: folder{root}, bases: bases}
	if err := l.readIndexFile(); err != nil {
		_ = root.Close()
		return nil, nil, step.Hint(step.Misuse("the OCI layout in %s: %w", filepath.Clean(dir), err), "it must hold what one build wrote and nothing else")
	}
	return &l.content, func() { _ = root.Close() }, nil
}

// layout gathers what a layout holds.
type layout struct {
	folder
	bases   bases
	content registry.Content
	seen    int // manifests
}

func (l *layout) readIndexFile() error {
	raw, err := l.read("index.json")
	if err != nil {
		return err
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(raw, &index); err != nil {
		return fmt.Errorf("parsing index.json: %w", err)
	}
	if len(index.Manifests) != 1 {
		return fmt.Errorf("index.json names %d images, want 1", len(index.Manifests))
	}
	return l.addManifest(index.Manifests[0], 0)
}

// addManifest adds an image or an index, after what it lists.
func (l *layout) addManifest(desc v1.Descriptor, depth int) error {
	if l.seen++; l.seen > maxManifests {
		return fmt.Errorf("it holds more than %d manifests", maxManifests)
	}
	raw, err := l.verified(desc)
	if err != nil {
		return err
	}
	if desc.MediaType.IsIndex() {
		err = l.addIndex(desc, raw, depth)
	} else {
		err = l.addImage(desc, raw, depth > 0 && attests(desc))
	}
	l.content.Manifests = append(l.content.Manifests, registry.Manifest{Digest: desc.Digest, MediaType: desc.MediaType, Raw: raw})
	return err
}

func (l *layout) addIndex(desc v1.Descriptor, raw []byte, depth int) error {
	index, err := checkIndex(desc.MediaType, raw)
	if err != nil {
		return err
	}
	if depth == maxDepth {
		return fmt.Errorf("indexes list each other more than %d deep", maxDepth)
	}
	for _, child := range index.Manifests {
		if err := l.addManifest(child, depth+1); err != nil {
			return fmt.Errorf("manifest %s of the index: %w", child.Digest, err)
		}
	}
	return nil
}

func (l *layout) addImage(desc v1.Descriptor, raw []byte, attests bool) error {
	manifest, err := checkManifest(desc.MediaType, raw, attests)
	if err != nil {
		return err
	}
	config, err := l.verified(manifest.Config)
	if err != nil {
		return err
	}
	l.content.Blobs = append(l.content.Blobs, registry.Blob{
		Digest: manifest.Config.Digest, Size: manifest.Config.Size,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(config)), nil },
	})
	for _, layer := range manifest.Layers {
		blob, err := l.layer(layer)
		if err != nil {
			return err
		}
		l.content.Blobs = append(l.content.Blobs, blob)
	}
	return nil
}

// layer is a layer of the folder's, or else of a base's. One that is not a base's
// may be in the cache: a build that found it there has it in the folder as well.
func (l *layout) layer(desc v1.Descriptor) (registry.Blob, error) {
	base, known := l.bases.layer(desc)
	switch err := l.check(desc); {
	case errors.Is(err, fs.ErrNotExist) && known:
		return base, nil
	case err != nil:
		return registry.Blob{}, err
	}
	blob := registry.Blob{
		Digest: desc.Digest, Size: desc.Size, In: base.In,
		Open: func() (io.ReadCloser, error) { return l.blob(desc.Digest) },
	}
	if !known {
		blob.In, blob.Own = l.bases.cache, func() error { return l.compare(desc) }
	}
	return blob, nil
}
