// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/goharbor/go-client/pkg/sdk/v2.0/client/artifact"
	"github.com/goharbor/go-client/pkg/sdk/v2.0/models"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/adze-ci/adze/internal/registry"
)

// Resolve asks for the digest of a tag, or whether a digest is there; the error
// is registry.ErrAbsent when it is not. It is no pull, so no rule of the
// project forbids it.
func (c *Client) Resolve(ctx context.Context, ref name.Reference) (name.Digest, error) {
	a, err := c.api(ctx, ref.Context())
	if err != nil {
		return name.Digest{}, err
	}
	ctx, cancel := a.within(ctx)
	defer cancel()
	got, err := a.artifacts().GetArtifact(ctx, &artifact.GetArtifactParams{
		ProjectName: a.project, RepositoryName: a.repository, Reference: ref.Identifier(),
	})
	if err != nil {
		return name.Digest{}, wrap("asking Harbor for", ref, "artifact:read", err)
	}
	if _, err := v1.NewHash(got.Payload.Digest); err != nil {
		return name.Digest{}, fmt.Errorf("asking Harbor for %s: it answered no digest: %w", ref, err)
	}
	return ref.Context().Digest(got.Payload.Digest), nil
}

// Tag puts a tag on a digest in one request, which never moves it: Harbor
// answers 409 to a name that is in use. After that, and where Harbor failed, a tag
// that stands on the digest is success.
func (c *Client) Tag(ctx context.Context, digest name.Digest, tag name.Tag) error {
	a, err := c.api(ctx, digest.Context())
	if err != nil {
		return err
	}
	ctx, cancel := a.within(ctx)
	defer cancel()
	_, err = a.artifacts().CreateTag(ctx, &artifact.CreateTagParams{
		ProjectName: a.project, RepositoryName: a.repository, Reference: digest.DigestStr(),
		Tag: &models.Tag{Name: tag.TagStr()},
	})
	code := status(err)
	if code != http.StatusConflict && code < http.StatusInternalServerError {
		return wrap("tagging "+tag.TagStr()+" on", digest, "tag:create", err)
	}
	// Where the robot may not read artifacts, it may pull.
	has, unknown := c.registry.Resolve(ctx, tag)
	switch {
	case unknown != nil && code != http.StatusConflict:
		return wrap("tagging "+tag.TagStr()+" on", digest, "tag:create", err)
	case errors.Is(unknown, registry.ErrAbsent):
		return fmt.Errorf("tagging %s: Harbor said that the tag is there, and then that it is not; somebody removes it meanwhile", tag)
	case unknown != nil:
		return unknown
	}
	if has.DigestStr() != digest.DigestStr() {
		return &registry.TakenError{Tag: tag, Has: has, Want: digest}
	}
	return nil
}
