// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"encoding/json"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// image is the image of a layout, its layers read when they are asked for.
type image struct {
	layout   *layout
	desc     v1.Descriptor
	manifest []byte
	parsed   *v1.Manifest
	config   []byte
}

// RawConfigFile is the configuration as it was written.
func (i *image) RawConfigFile() ([]byte, error) { return i.config, nil }

// MediaType is the manifest's.
func (i *image) MediaType() (types.MediaType, error) { return i.desc.MediaType, nil }

// RawManifest is the manifest as it was written, whose digest is the image's.
func (i *image) RawManifest() ([]byte, error) { return i.manifest, nil }

// LayerByDigest finds a layer.
func (i *image) LayerByDigest(h v1.Hash) (partial.CompressedLayer, error) {
	for _, desc := range i.parsed.Layers {
		if desc.Digest == h {
			return &layer{i.layout, desc}, nil
		}
	}
	return nil, fmt.Errorf("the image has no layer %s", h)
}

type layer struct {
	layout *layout
	desc   v1.Descriptor
}

// Digest is the compressed layer's.
func (l *layer) Digest() (v1.Hash, error) { return l.desc.Digest, nil }

// Compressed opens the layer.
func (l *layer) Compressed() (io.ReadCloser, error) { return l.layout.blob(l.desc.Digest) }

// Size is the compressed layer's, in bytes.
func (l *layer) Size() (int64, error) { return l.desc.Size, nil }

// MediaType is the one that the manifest gives.
func (l *layer) MediaType() (types.MediaType, error) { return l.desc.MediaType, nil }

// Descriptor is the manifest's entry.
func (l *layer) Descriptor() (*v1.Descriptor, error) { return &l.desc, nil }

// checkManifest accepts a plain image. A manifest with a subject would attach
// itself to another image, for example as its verdict; one with manifests is
// read as an index by some; foreign layers come from where nobody looked.
func checkManifest(mediaType types.MediaType, raw []byte) (*v1.Manifest, error) {
	var odd struct {
		MediaType    types.MediaType
		Manifests    json.RawMessage
		Subject      json.RawMessage
		ArtifactType json.RawMessage
	}
	var manifest v1.Manifest
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return nil, fmt.Errorf("parsing the manifest: %w", err)
	}
	if err := json.Unmarshal(raw, &odd); err != nil {
		return nil, fmt.Errorf("parsing the manifest: %w", err)
	}
	switch {
	case mediaType.IsIndex():
		return nil, fmt.Errorf("the manifest is an index of several images")
	case !mediaType.IsImage():
		return nil, fmt.Errorf("the manifest's media type is %q, want an image's", mediaType)
	case odd.MediaType != "" && odd.MediaType != mediaType:
		return nil, fmt.Errorf("the manifest calls itself %q, index.json calls it %q", odd.MediaType, mediaType)
	case odd.Manifests != nil || odd.Subject != nil || odd.ArtifactType != nil:
		return nil, fmt.Errorf("the manifest has fields that a built image does not have (manifests, subject or artifactType)")
	case !manifest.Config.MediaType.IsConfig():
		return nil, fmt.Errorf("the configuration's media type is %q, want an image's", manifest.Config.MediaType)
	}
	for _, layer := range manifest.Layers {
		if !layer.MediaType.IsLayer() || !layer.MediaType.IsDistributable() || len(layer.URLs) > 0 {
			return nil, fmt.Errorf("layer %s (%s) is none that is held in the layout", layer.Digest, layer.MediaType)
		}
	}
	return &manifest, nil
}
