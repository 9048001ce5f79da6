// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// PutBeside puts an artifact about an image that the registry holds under a tag, in
// place of the one before. The artifact names the image as its subject, unless the
// image may not be looked at: Harbor answers 412 where a project forbids to pull it.
func (c *Client) PutBeside(ctx context.Context, image name.Digest, at name.Tag, artifact v1.Image) error {
	ctx, cancel := context.WithTimeout(ctx, 2*c.timeout)
	defer cancel()
	subject, err := c.Get(ctx, image)
	var refused *Error
	switch {
	case err == nil:
		artifact = mutate.Subject(artifact, v1.Descriptor{MediaType: subject.MediaType, Size: subject.Size, Digest: subject.Digest}).(v1.Image) //nolint:forcetypeassert // what it got
	case !errors.As(err, &refused) || refused.Status != http.StatusPreconditionFailed:
		return err
	}
	return wrap("putting", at, remote.Write(at, artifact, c.remote(ctx)...))
}
