// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// mostTags is how many tags of a repository are asked for their digests before
// one is deleted; a repository with more is left alone.
const mostTags = 500

// TaggedError says that a digest was not deleted because a tag is on it.
type TaggedError struct {
	// Digest is what was to be deleted, and Tag the tag that is on it; empty
	// where a repository has too many to be asked each.
	Digest name.Digest
	Tag    string
}

func (e *TaggedError) Error() string {
	if e.Tag == "" {
		return fmt.Sprintf("%s stays: its repository has more than %d tags, one of which may be on it", e.Digest, mostTags)
	}
	return fmt.Sprintf("%s stays: tag %s is on it", e.Digest, e.Tag)
}

// Delete removes a digest that no tag is on; with a tag on it the error is a
// *TaggedError, and nothing is removed. What the registry does not have is
// success.
func (c *Client) Delete(ctx context.Context, digest name.Digest) error {
	if is, err := c.isHarbor(ctx, digest.Context()); is || err != nil {
		if err != nil {
			return err
		}
		return c.harbor.Delete(ctx, digest)
	}
	if err := c.untagged(ctx, digest); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*c.timeout)
	defer cancel()
	err := remote.Delete(digest, c.remote(ctx)...)
	if absent(err) {
		return nil
	}
	return wrap("deleting", digest, err)
}

// untagged checks that no tag is on a digest.
func (c *Client) untagged(ctx context.Context, digest name.Digest) error {
	ctx, cancel := context.WithTimeout(ctx, 2*c.timeout)
	defer cancel()
	tags, err := remote.List(digest.Context(), c.remote(ctx)...)
	if absent(err) {
		return nil
	}
	if err != nil {
		return wrap("listing the tags of", digest.Context(), err)
	}
	if len(tags) > mostTags {
		return &TaggedError{Digest: digest}
	}
	slices.Sort(tags)
	for _, tag := range tags {
		has, err := c.Resolve(ctx, digest.Context().Tag(tag))
		if errors.Is(err, ErrAbsent) {
			continue // removed meanwhile
		}
		if err != nil {
			return err
		}
		if has.DigestStr() == digest.DigestStr() {
			return &TaggedError{Digest: digest, Tag: tag}
		}
	}
	return nil
}
