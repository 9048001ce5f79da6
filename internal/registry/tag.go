// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/internal/step"
)

// tagForm is https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
var tagForm = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)

// CheckTag tells, by a misuse, what no image may be tagged with: what is no tag, and
// names under which words on an image are kept, as package verdict and referrers do.
// An image that had such a tag could be taken for a verdict.
func CheckTag(tag string) error {
	switch {
	case !tagForm.MatchString(tag):
		return step.Misuse("%q is no tag: letters, digits and ._- make one, 128 at most, and neither . nor - comes first", tag)
	case strings.HasPrefix(tag, "sha256-"), strings.HasSuffix(tag, ".scan"):
		return step.Misuse("tag %q is a name under which words on an image are kept, and not an image", tag)
	}
	return nil
}

// Free tells, by a *TakenError, of a tag that is on another digest. What cannot be
// found out is no error: [Client.Tag] tells that.
func (c *Client) Free(ctx context.Context, digest name.Digest, tags ...string) error {
	for _, tag := range tags {
		var taken *TakenError
		if err := c.checkTag(ctx, digest.Context().Tag(tag), digest); errors.As(err, &taken) {
			return err
		}
	}
	return nil
}

// Tag puts a tag on a digest that the registry holds; without the digest the
// error is ErrAbsent. A tag that is there already stays: on the same digest
// that is success, on another a *TakenError. One that [CheckTag] refuses is a misuse.
func (c *Client) Tag(ctx context.Context, digest name.Digest, tag string) error {
	if err := CheckTag(tag); err != nil {
		return err
	}
	target := digest.Context().Tag(tag)
	if is, err := c.isHarbor(ctx, digest.Context()); is || err != nil {
		if err != nil {
			return err
		}
		return c.harbor.Tag(ctx, digest, target)
	}
	if err := c.checkTag(ctx, target, digest); !errors.Is(err, ErrAbsent) {
		return err
	}
	if err := c.putTag(ctx, target, digest); err != nil {
		return err
	}
	// Two runs may have put the tag at once; the registry says who won.
	return c.checkTag(ctx, target, digest)
}

// Move puts a tag on a digest that the registry holds, wherever the tag is now. It
// is for tags that mean the latest of some kind, which no deployment names.
func (c *Client) Move(ctx context.Context, digest name.Digest, tag string) error {
	err := c.Tag(ctx, digest, tag)
	var taken *TakenError
	if !errors.As(err, &taken) {
		return err
	}
	err = c.putTag(ctx, taken.Tag, digest)
	if is, _ := c.isHarbor(ctx, digest.Context()); !is || statusOf(err) != http.StatusPreconditionFailed {
		return err
	}
	// The manifest may not be read, and Harbor's API moves no tag.
	if err := c.harbor.Untag(ctx, taken.Has, taken.Tag); err != nil {
		return err
	}
	return c.harbor.Tag(ctx, digest, taken.Tag)
}

// checkTag tells whether a tag is on a digest, on another, or absent.
func (c *Client) checkTag(ctx context.Context, tag name.Tag, want name.Digest) error {
	has, err := c.Resolve(ctx, tag)
	if err != nil {
		return err
	}
	if has.DigestStr() != want.DigestStr() {
		return &TakenError{Tag: tag, Has: has, Want: want}
	}
	return nil
}

// putTag puts the digest's manifest under the tag, which is how a tag is made
// on any registry.
func (c *Client) putTag(ctx context.Context, tag name.Tag, digest name.Digest) error {
	ctx, cancel := context.WithTimeout(ctx, 2*c.timeout)
	defer cancel()
	manifest, err := c.Get(ctx, digest)
	if err != nil {
		return err
	}
	return wrap("tagging", tag, remote.Tag(tag, manifest, c.remote(ctx)...))
}
