// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Label is what an image says of itself under a key: its manifest's annotation,
// or its configuration's label; empty when it says nothing. Of an index, the
// first image speaks where the index has no such annotation. The error is
// ErrAbsent when the registry does not have the image.
func (c *Client) Label(ctx context.Context, ref name.Reference, key string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*c.timeout)
	defer cancel()
	got, err := c.Get(ctx, ref)
	if err != nil {
		return "", err
	}
	img, err := got.Image()
	if got.MediaType.IsIndex() {
		var said string
		if said, img, err = firstOf(got, key); said != "" {
			return said, nil
		}
	}
	if err != nil {
		return "", wrap("reading", ref, err)
	}
	manifest, err := img.Manifest()
	if err != nil {
		return "", wrap("reading", ref, err)
	}
	if said := manifest.Annotations[key]; said != "" {
		return said, nil
	}
	config, err := img.ConfigFile()
	if err != nil {
		return "", wrap("reading the configuration of", ref, err)
	}
	return config.Config.Labels[key], nil
}

// firstOf is an index' annotation, or else its first image.
func firstOf(got *remote.Descriptor, key string) (string, v1.Image, error) {
	index, err := got.ImageIndex()
	if err != nil {
		return "", nil, err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return "", nil, err
	}
	if said := manifest.Annotations[key]; said != "" {
		return said, nil, nil
	}
	for _, d := range manifest.Manifests {
		if d.MediaType.IsImage() {
			img, err := index.Image(d.Digest)
			return "", img, err
		}
	}
	return "", nil, fmt.Errorf("reading the index: %w", errNoImage)
}

var errNoImage = errors.New("it lists no image")
