// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Resolve asks which digest a reference has. The error is ErrAbsent when the
// registry answered that it does not know the reference, and an *Error when it
// could not be asked.
func (c *Client) Resolve(ctx context.Context, ref name.Reference) (name.Digest, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*c.timeout)
	defer cancel()
	if head, err := remote.Head(ref, c.remote(ctx)...); err == nil {
		return ref.Context().Digest(head.Digest.String()), nil
	}
	// A HEAD has no body that says why, and some registries lack it.
	got, err := remote.Get(ref, c.remote(ctx)...)
	if absent(err) {
		return name.Digest{}, fmt.Errorf("%s is %w", ref, ErrAbsent)
	}
	if statusOf(err) == http.StatusPreconditionFailed {
		return c.pastRules(ctx, ref, wrap("asking for", ref, err))
	}
	if err != nil {
		return name.Digest{}, wrap("asking for", ref, err)
	}
	return ref.Context().Digest(got.Digest.String()), nil
}

// Has checks that the registry holds a digest; ErrAbsent when it does not.
// Harbor answers 412 for an image that it holds but forbids to pull.
func (c *Client) Has(ctx context.Context, digest name.Digest) error {
	_, err := c.Resolve(ctx, digest)
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusPreconditionFailed {
		return nil
	}
	return err
}

// Get reads the manifest that a reference names, an image or an index.
func (c *Client) Get(ctx context.Context, ref name.Reference) (*remote.Descriptor, error) {
	got, err := remote.Get(ref, c.remote(ctx)...)
	if absent(err) {
		return nil, fmt.Errorf("%s is %w", ref, ErrAbsent)
	}
	return got, wrapAs("reading", ref, err, refusalToRead(err))
}

// absent tells a registry's word that it does not have something from the 404
// of whatever else answers at its address, such as a proxy before a registry
// that is away. The first bears an error code:
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
func absent(err error) bool {
	var answer *transport.Error
	return errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound && len(answer.Errors) > 0
}

// statusOf is the HTTP status of a registry's refusal; 0 for any other error.
func statusOf(err error) int {
	var answer *transport.Error
	if errors.As(err, &answer) {
		return answer.StatusCode
	}
	return 0
}
