// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Content is what a reference names: an image, or an index with all that it
// lists. Blobs are read when they are pushed, while ctx lasts. The error is
// ErrAbsent when the registry does not have it.
func (c *Client) Content(ctx context.Context, ref name.Reference) (*Content, error) {
	got, err := c.Get(ctx, ref)
	if err != nil {
		return nil, err
	}
	var content Content
	if got.MediaType.IsIndex() {
		var index v1.ImageIndex
		if index, err = got.ImageIndex(); err == nil {
			err = content.addIndex(index)
		}
	} else {
		var img v1.Image
		if img, err = got.Image(); err == nil {
			err = content.addImage(img)
		}
	}
	for i := range content.Blobs {
		blob := &content.Blobs[i]
		blob.In = []name.Repository{ref.Context()}
		blob.Open = reading(ref.Context().Digest(blob.Digest.String()), blob.Open)
	}
	return &content, wrapAs("reading", ref, err, refusalToRead(err))
}

// addIndex adds an index after all that it lists.
func (c *Content) addIndex(index v1.ImageIndex) error {
	listed, err := index.IndexManifest()
	if err != nil {
		return err
	}
	for _, child := range listed.Manifests {
		switch {
		case child.MediaType.IsIndex():
			var below v1.ImageIndex
			if below, err = index.ImageIndex(child.Digest); err == nil {
				err = c.addIndex(below)
			}
		case child.MediaType.IsImage():
			var img v1.Image
			if img, err = index.Image(child.Digest); err == nil {
				err = c.addImage(img)
			}
		default:
			err = fmt.Errorf("its media type %q is neither an image's nor an index'", child.MediaType)
		}
		if err != nil {
			return fmt.Errorf("manifest %s of the index: %w", child.Digest, err)
		}
	}
	return c.addManifest(index)
}

// Blob is a blob of a repository: mounted from there, or else read while ctx
// lasts and compared with its digest.
func (c *Client) Blob(ctx context.Context, repo name.Repository, digest v1.Hash, size int64) Blob {
	ref := repo.Digest(digest.String())
	return Blob{Digest: digest, Size: size, In: []name.Repository{repo}, Open: reading(ref, func() (io.ReadCloser, error) {
		layer, err := remote.Layer(ref, c.remote(ctx)...)
		if err != nil {
			return nil, err
		}
		return layer.Compressed()
	})}
}

// reading opens what is in a registry, and has a refusal name it: pushing it
// elsewhere, nobody would look for the cause there.
func reading(ref name.Digest, open func() (io.ReadCloser, error)) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		r, err := open()
		return r, wrapAs("reading", ref, err, refusalToRead(err))
	}
}
