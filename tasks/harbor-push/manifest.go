// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"encoding/json"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// attestation is the layer of the manifests in which builders keep an image's
// provenance and parts beside it in an index:
// https://docs.docker.com/build/metadata/attestations/attestation-storage/
const attestation types.MediaType = "application/vnd.in-toto+json"

// fields are those of a manifest by which it may be more than it is taken for.
type fields struct {
	MediaType    types.MediaType
	Manifests    json.RawMessage
	Config       json.RawMessage
	Layers       json.RawMessage
	Subject      json.RawMessage
	ArtifactType json.RawMessage
}

func parse(raw []byte, into any) (fields, error) {
	var f fields
	if err := json.Unmarshal(raw, into); err != nil {
		return f, fmt.Errorf("parsing the manifest: %w", err)
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return f, fmt.Errorf("parsing the manifest: %w", err)
	}
	return f, nil
}

// checkManifest accepts a plain image. A manifest with a subject would attach
// itself to another image, for example as its verdict; one with manifests is
// read as an index by some; foreign layers come from where nobody looked.
func checkManifest(mediaType types.MediaType, raw []byte, attests bool) (*v1.Manifest, error) {
	var manifest v1.Manifest
	f, err := parse(raw, &manifest)
	switch {
	case err != nil:
		return nil, err
	case !mediaType.IsImage():
		return nil, fmt.Errorf("the manifest's media type is %q, want an image's or an index'", mediaType)
	case f.MediaType != "" && f.MediaType != mediaType:
		return nil, fmt.Errorf("the manifest calls itself %q, what names it calls it %q", f.MediaType, mediaType)
	case f.Manifests != nil || f.Subject != nil || f.ArtifactType != nil:
		return nil, errors.New("the manifest has fields that a built image does not have (manifests, subject or artifactType)")
	case !manifest.Config.MediaType.IsConfig():
		return nil, fmt.Errorf("the configuration's media type is %q, want an image's", manifest.Config.MediaType)
	}
	for _, layer := range manifest.Layers {
		plain := layer.MediaType.IsLayer() && layer.MediaType.IsDistributable()
		switch {
		case attests && layer.MediaType != attestation:
			return nil, fmt.Errorf("layer %s (%s) is no attestation, and what an index lists for no platform is not judged", layer.Digest, layer.MediaType)
		case !attests && !plain, len(layer.URLs) > 0:
			return nil, fmt.Errorf("layer %s (%s) is none that is held in the layout", layer.Digest, layer.MediaType)
		}
	}
	return &manifest, nil
}

// attests tells whether what an index lists is for no platform, as attestations
// are; who judges an index may leave it out.
func attests(listed v1.Descriptor) bool {
	return listed.Platform != nil && listed.Platform.OS == "unknown" && listed.Platform.Architecture == "unknown"
}

// checkIndex accepts a plain list of images, with the same care.
func checkIndex(mediaType types.MediaType, raw []byte) (*v1.IndexManifest, error) {
	var index v1.IndexManifest
	f, err := parse(raw, &index)
	switch {
	case err != nil:
		return nil, err
	case f.MediaType != "" && f.MediaType != mediaType:
		return nil, fmt.Errorf("the index calls itself %q, what names it calls it %q", f.MediaType, mediaType)
	case f.Config != nil || f.Layers != nil || f.Subject != nil || f.ArtifactType != nil:
		return nil, errors.New("the index has fields that a built one does not have (config, layers, subject or artifactType)")
	case len(index.Manifests) == 0:
		return nil, errors.New("the index lists no image")
	}
	for _, child := range index.Manifests {
		if len(child.URLs) > 0 {
			return nil, fmt.Errorf("manifest %s of the index is to be fetched from elsewhere", child.Digest)
		}
	}
	return &index, nil
}
