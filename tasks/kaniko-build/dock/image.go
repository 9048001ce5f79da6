// SPDX-License-Identifier: Apache-2.0

package dock

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	// contested tells that another image was pushed as well.
	contested bool
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

// ErrContested tells that two images came. The executor pushes one, so a RUN line
// pushed the other, and nothing tells which.
var ErrContested = errors.New("two images were pushed, so one of them by a RUN line")

// Image tells what the executor pushed.
func (d *Dock) Image() (Pushed, error) {
	d.image.mu.Lock()
	defer d.image.mu.Unlock()
	switch {
	case d.image.contested:
		return Pushed{}, ErrContested
	case d.image.manifest == nil:
		return Pushed{}, ErrNone
	}
	var m v1.Manifest
	if err := json.Unmarshal(d.image.manifest, &m); err != nil {
		return Pushed{}, err
	}
	return d.Describe(d.image.desc.Digest, &m), nil
}

// Describe tells of an image that was made of the one that came.
func (d *Dock) Describe(digest v1.Hash, m *v1.Manifest) Pushed {
	p := Pushed{Digest: digest, Bytes: m.Config.Size, Layers: len(m.Layers)}
	for _, l := range m.Layers {
		p.Bytes += l.Size
		if _, known := d.image.known[l.Digest]; !known {
			p.Written++
			p.WrittenBytes += l.Size
		}
	}
	return p
}

// has tells a blob's bytes; a known layer counts as there.
func (i *image) has(h v1.Hash) (int64, bool) {
	if size, ok := i.known[h]; ok {
		return size, true
	}
	size, err := i.size(h)
	return size, err == nil
}

func (i *image) read(_ context.Context, h v1.Hash) (io.ReadCloser, int64, error) { return i.open(h) }

func (i *image) room() (*store, int64) { return i.store, 0 }

// get finds the manifest that was put.
func (i *image) get(_ context.Context, ref string) (v1.Descriptor, []byte, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	found := i.manifest != nil && (ref == "build" || ref == i.desc.Digest.String())
	return i.desc, i.manifest, found
}

// put makes a manifest the layout's only image. After another one no more is taken.
func (i *image) put(_ string, mediaType types.MediaType, raw []byte) (v1.Hash, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if _, err := parse(mediaType, raw, i.has); err != nil {
		return v1.Hash{}, err
	}
	if i.contested = i.contested || i.manifest != nil && !bytes.Equal(i.manifest, raw); i.contested {
		return v1.Hash{}, fmt.Errorf("%w: %w", errManifest, ErrContested)
	}
	desc, err := i.writeImage(mediaType, raw)
	if err != nil {
		return v1.Hash{}, err
	}
	i.manifest, i.desc = raw, desc
	return desc.Digest, nil
}

// done writes the image's manifest and the index once more, and closes the folder.
func (i *image) done() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.manifest == nil {
		return i.close()
	}
	_, err := i.writeImage(i.desc.MediaType, i.manifest)
	return errors.Join(err, i.close())
}

// errManifest tells that a manifest cannot be taken.
var errManifest = errors.New("the manifest cannot be taken")

// parse accepts an image all of whose blobs are there.
func parse(mediaType types.MediaType, raw []byte, has func(v1.Hash) (int64, bool)) (*v1.Manifest, error) {
	if !mediaType.IsImage() {
		return nil, fmt.Errorf("%w: its media type is %q", errManifest, mediaType)
	}
	m, err := v1.ParseManifest(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errManifest, err)
	}
	for _, desc := range blobsOf(m) {
		if _, ok := has(desc.Digest); !ok {
			return nil, fmt.Errorf("%w: blob %s did not come", errManifest, desc.Digest)
		}
	}
	return m, nil
}

// blobsOf are what a manifest needs.
func blobsOf(m *v1.Manifest) []v1.Descriptor { return append([]v1.Descriptor{m.Config}, m.Layers...) }
