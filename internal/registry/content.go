// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Content is what a push brings into a repository.
type Content struct {
	// Blobs are layers and configurations, in any order; one may stand twice.
	Blobs []Blob
	// Manifests stand after all those that they list; the last one's digest is
	// what is pushed.
	Manifests []Manifest
}

// Manifest is an image's or an index', as it was written.
type Manifest struct {
	Digest    v1.Hash
	MediaType types.MediaType
	Raw       []byte
}

// Blob is a layer or a configuration.
type Blob struct {
	Digest v1.Hash
	// Size is in bytes.
	Size int64
	// Open reads the blob from its start, and again for each try. What can seek
	// is not read again up to where a cut upload goes on.
	Open func() (io.ReadCloser, error)
	// In are repositories that may have the blob: where they are in the registry
	// that is pushed to, it is mounted from there and no byte is sent.
	In []name.Repository
	// Own, where set, finds out whether who pushes has the blob's bytes, before it
	// is mounted: else a digest would be enough to get what only the push may read.
	Own func() error
}

// Digest is that of the manifest that is pushed.
func (c *Content) Digest() v1.Hash { return c.Manifests[len(c.Manifests)-1].Digest }

// OfImage is an image's content. Layers that are not meant to be distributed
// are left where they are.
func OfImage(img v1.Image) (*Content, error) {
	var content Content
	if err := content.addImage(img); err != nil {
		return nil, fmt.Errorf("reading the image to push: %w", err)
	}
	return &content, nil
}

func (c *Content) addImage(img v1.Image) error {
	layers, err := img.Layers()
	if err != nil {
		return err
	}
	config, err := partial.ConfigLayer(img)
	if err != nil {
		return err
	}
	for _, layer := range append(layers, config) {
		if err := c.addLayer(layer); err != nil {
			return err
		}
	}
	return c.addManifest(img)
}

func (c *Content) addLayer(layer v1.Layer) error {
	mediaType, err := layer.MediaType()
	if err != nil || !mediaType.IsDistributable() {
		return err
	}
	blob := Blob{Open: layer.Compressed}
	if blob.Digest, err = layer.Digest(); err != nil {
		return err
	}
	if blob.Size, err = layer.Size(); err != nil {
		return err
	}
	c.Blobs = append(c.Blobs, blob)
	return nil
}

// written is a manifest as it was written.
type written interface {
	Digest() (v1.Hash, error)
	MediaType() (types.MediaType, error)
	RawManifest() ([]byte, error)
}

func (c *Content) addManifest(w written) error {
	var m Manifest
	var err error
	if m.Digest, err = w.Digest(); err != nil {
		return err
	}
	if m.MediaType, err = w.MediaType(); err != nil {
		return err
	}
	if m.Raw, err = w.RawManifest(); err != nil {
		return err
	}
	c.Manifests = append(c.Manifests, m)
	return nil
}
