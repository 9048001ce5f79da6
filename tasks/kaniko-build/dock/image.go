// SPDX-License-Identifier: Apache-2.0

package dock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// image is the repository that the executor pushes its image to.
type image struct {
	*store
	known map[v1.Hash]int64

	mu       sync.Mutex
	manifest []byte
	desc     v1.Descriptor
}

// Pushed is an image that came to the dock.
type Pushed struct {
	// Digest is the manifest's.
	Digest v1.Hash
	// Bytes are those of all compressed layers and the configuration.
	Bytes int64
	// Layers are all layers; Written and WrittenBytes those that were brought,
	// the others the target's registry has.
	Layers, Written int
	WrittenBytes    int64
}

// ErrNone tells that no image came.
var ErrNone = errors.New("the executor pushed no image")

// Image tells what the executor pushed last.
func (d *Dock) Image() (Pushed, error) {
	d.image.mu.Lock()
	defer d.image.mu.Unlock()
	if d.image.manifest == nil {
		return Pushed{}, ErrNone
	}
	var m v1.Manifest
	if err := json.Unmarshal(d.image.manifest, &m); err != nil {
		return Pushed{}, err
	}
	p := Pushed{Digest: d.image.desc.Digest, Bytes: m.Config.Size, Layers: len(m.Layers)}
	for _, l := range m.Layers {
		p.Bytes += l.Size
		if _, known := d.image.known[l.Digest]; !known {
			p.Written++
			p.WrittenBytes += l.Size
		}
	}
	return p, nil
}

// has tells a blob's bytes; a known layer counts as there.
func (i *image) has(h v1.Hash) (int64, bool) {
	if size, ok := i.known[h]; ok {
		return size, true
	}
	size, err := i.size(h)
	return size, err == nil
}

// get finds the manifest that was put, by tag or digest.
func (i *image) get(ref string) (v1.Descriptor, []byte, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	found := i.manifest != nil && (ref == "build" || ref == i.desc.Digest.String())
	return i.desc, i.manifest, found
}

// put makes a manifest the layout's only image.
func (i *image) put(mediaType types.MediaType, raw []byte) (v1.Hash, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if err := i.check(mediaType, raw); err != nil {
		return v1.Hash{}, err
	}
	h, err := i.write(raw)
	if err != nil {
		return h, err
	}
	desc := v1.Descriptor{MediaType: mediaType, Digest: h, Size: int64(len(raw))}
	if err := i.writeIndex(desc); err != nil {
		return h, err
	}
	i.manifest, i.desc = raw, desc
	return h, nil
}

// errManifest tells that a manifest cannot be taken.
var errManifest = errors.New("the manifest cannot be taken")

// check accepts an image all of whose blobs are there.
func (i *image) check(mediaType types.MediaType, raw []byte) error {
	if !mediaType.IsImage() {
		return fmt.Errorf("%w: its media type is %q", errManifest, mediaType)
	}
	m, err := v1.ParseManifest(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("%w: %w", errManifest, err)
	}
	for _, desc := range append(m.Layers, m.Config) {
		if _, ok := i.has(desc.Digest); !ok {
			return fmt.Errorf("%w: blob %s did not come", errManifest, desc.Digest)
		}
	}
	return nil
}

// writeIndex writes the two files that make a folder of blobs a layout.
func (s *store) writeIndex(desc v1.Descriptor) error {
	index, err := json.Marshal(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{desc}})
	if err != nil {
		return err
	}
	if err := s.replace("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`)); err != nil {
		return err
	}
	return s.replace("index.json", index)
}
