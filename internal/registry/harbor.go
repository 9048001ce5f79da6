// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/retry"
)

// Harbor is what Harbor's own API does where the distribution protocol cannot:
// a project's rules forbid to pull what was not scanned, and tagging by the
// protocol begins with a pull. Package internal/harbor has one.
type Harbor interface {
	// Is tells whether a repository's registry is a Harbor; an error says that
	// this could not be found out, which is never taken for a no.
	Is(ctx context.Context, repo name.Repository) (bool, error)
	// Resolve, Tag and Delete are as the [Client]'s.
	Resolve(ctx context.Context, ref name.Reference) (name.Digest, error)
	Tag(ctx context.Context, digest name.Digest, tag name.Tag) error
	Delete(ctx context.Context, digest name.Digest) error
	// Untag takes a tag from the digest that it is on; one that is gone is success.
	Untag(ctx context.Context, digest name.Digest, tag name.Tag) error
}

// UseHarbor has the client ask Harbor's API where the registry is a Harbor.
// It is called once, before the client is used.
func (c *Client) UseHarbor(h Harbor) { c.harbor = h }

// isHarbor tells whether Harbor's API is to be asked.
func (c *Client) isHarbor(ctx context.Context, repo name.Repository) (bool, error) {
	if c.harbor == nil {
		return false, nil
	}
	return c.harbor.Is(ctx, repo)
}

// pastRules asks Harbor's API for the digest of a reference that a project's
// rules forbid to pull. Without an answer it returns the refusal.
func (c *Client) pastRules(ctx context.Context, ref name.Reference, refusal error) (name.Digest, error) {
	is, err := c.isHarbor(ctx, ref.Context())
	if err == nil && !is {
		return name.Digest{}, refusal
	}
	if err == nil {
		var digest name.Digest
		if digest, err = c.harbor.Resolve(ctx, ref); err == nil || errors.Is(err, ErrAbsent) {
			return digest, err
		}
	}
	return name.Digest{}, fmt.Errorf("%w; and asked without a pull: %w", refusal, err)
}

// Access is what it takes to talk to another API of a registry's host.
type Access struct {
	// Transport repeats requests, those that are not idempotent as well unless
	// retry.Once marks them, and trusts what the registry's does.
	Transport http.RoundTripper
	// User and Password are those of the repository; empty for none.
	User, Password string
	// Timeout is how long one operation may be repeated.
	Timeout time.Duration
	// Log is told of repetitions.
	Log *slog.Logger
}

// Access gives what it takes to talk to another API of a repository's host.
func (c *Client) Access(ctx context.Context, repo name.Repository) (Access, error) {
	login, err := authn.Resolve(ctx, c.keychain, repo)
	if err != nil {
		return Access{}, err
	}
	words, err := authn.Authorization(ctx, login)
	if err != nil {
		return Access{}, fmt.Errorf("looking up credentials for %s: %w", repo, err)
	}
	a := Access{Transport: c.transport, User: words.Username, Password: words.Password, Timeout: c.timeout, Log: c.log}
	if r, ok := c.transport.(*retry.Transport); ok {
		again := *r
		again.Always = true
		a.Transport = &again
	}
	return a, nil
}
