// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A note is an image without layers under a tag that is made of the digest which
// it is about. It names that digest as its subject, by which registries show it
// beside the image and remove it with the image:
// https://github.com/opencontainers/image-spec/blob/main/manifest.md
//
// It is found by its tag and not by its subject, for what is built chooses the
// subject of its own manifest, and only who may put tags chooses a tag.
const (
	noteSuffix                 = ".scan"
	noteType   types.MediaType = "application/vnd.adze.scan.v1+json"
	noteKey                    = "dev.adze.scan.summary"
)

// Note keeps a text beside an image that the registry holds, in place of the
// one before.
func (c *Client) Note(ctx context.Context, image name.Digest, text string) error {
	if has, err := c.Noted(ctx, image); err != nil || has == text {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*c.timeout)
	defer cancel()
	subject, err := c.Get(ctx, image)
	if err != nil {
		return err
	}
	note := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), noteType)
	note = mutate.Subject(note, v1.Descriptor{MediaType: subject.MediaType, Size: subject.Size, Digest: subject.Digest}).(v1.Image) //nolint:forcetypeassert // what it got
	note = mutate.Annotations(note, map[string]string{noteKey: text}).(v1.Image)                                                    //nolint:forcetypeassert // what it got
	return wrap("keeping a note on", image, remote.Write(noteTag(image), note, c.remote(ctx)...))
}

// Noted is the text that Note keeps beside an image, empty when there is none.
func (c *Client) Noted(ctx context.Context, image name.Digest) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*c.timeout)
	defer cancel()
	got, err := c.Get(ctx, noteTag(image))
	if errors.Is(err, ErrAbsent) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	note, err := got.Image()
	if err != nil {
		return "", wrap("reading the note on", image, err)
	}
	manifest, err := note.Manifest()
	if err != nil {
		return "", wrap("reading the note on", image, err)
	}
	return manifest.Annotations[noteKey], nil
}

// noteTag is where the note on an image is.
func noteTag(image name.Digest) name.Tag {
	return image.Context().Tag(strings.ReplaceAll(image.DigestStr(), ":", "-") + noteSuffix)
}
