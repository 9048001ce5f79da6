// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"context"

	"github.com/goharbor/go-client/pkg/sdk/v2.0/client/artifact"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/registry"
)

// Untag takes a tag from the digest that it is on; one that is gone is success.
func (c *Client) Untag(ctx context.Context, digest name.Digest, tag name.Tag) error {
	a, err := c.api(ctx, digest.Context())
	if err != nil {
		return err
	}
	ctx, cancel := a.within(ctx)
	defer cancel()
	_, err = a.artifacts().DeleteTag(ctx, &artifact.DeleteTagParams{
		ProjectName: a.project, RepositoryName: a.repository, Reference: digest.DigestStr(), TagName: tag.TagStr(),
	})
	if absent(err) {
		return nil
	}
	return wrap("taking the tag "+tag.TagStr()+" from", digest, "tag:delete", err)
}

// Delete removes a digest that no tag is on; with a tag on it the error is a
// *registry.TaggedError. What Harbor does not have is success.
func (c *Client) Delete(ctx context.Context, digest name.Digest) error {
	a, err := c.api(ctx, digest.Context())
	if err != nil {
		return err
	}
	ctx, cancel := a.within(ctx)
	defer cancel()
	withTags := true
	got, err := a.artifacts().GetArtifact(ctx, &artifact.GetArtifactParams{
		ProjectName: a.project, RepositoryName: a.repository, Reference: digest.DigestStr(), WithTag: &withTags,
	})
	if absent(err) {
		return nil
	}
	if err != nil {
		return wrap("asking for the tags of", digest, "artifact:read", err)
	}
	if tags := got.Payload.Tags; len(tags) > 0 {
		return &registry.TaggedError{Digest: digest, Tag: tags[0].Name}
	}
	_, err = a.artifacts().DeleteArtifact(ctx, &artifact.DeleteArtifactParams{
		ProjectName: a.project, RepositoryName: a.repository, Reference: digest.DigestStr(),
	})
	if absent(err) {
		return nil
	}
	return wrap("deleting", digest, "artifact:delete", err)
}
