// SPDX-License-Identifier: Apache-2.0

// Package registry asks and feeds container registries.
//
// A [Client] resolves a name to a digest, pushes images by digest and puts a
// tag on a digest. It trusts private authorities, takes credentials from a
// docker config, and goes on trying while a registry is away. Two answers are
// told apart everywhere: the registry does not have it ([ErrAbsent]), and the
// registry could not be asked (an [Error] with host, operation and status).
//
// A tag is put once: [Client.Tag] never moves one, it says with a [TakenError]
// where the tag is. [Client.PutBeside] keeps an artifact about an image.
//
// The protocol is https://github.com/opencontainers/distribution-spec.
package registry

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/internal/step"
)

// Client talks to registries. Options.Client makes one.
type Client struct {
	keychain  authn.Keychain
	transport http.RoundTripper
	// puller reads, and keeps its logins, one for each repository.
	puller    *remote.Puller
	insecure  []string
	timeout   time.Duration
	log       *slog.Logger
	flights   flights
	firstWait time.Duration // between two tries of a push; each further one is longer
	harbor    Harbor        // nil where Harbor's API is not used
}

// Repository parses HOST/NAME; the host must be given.
func (c *Client) Repository(s string) (name.Repository, error) {
	repo, err := name.NewRepository(s, c.nameOptions(s)...)
	if err != nil {
		return name.Repository{}, step.Misuse("image repository %q: %w", s, err)
	}
	return repo, nil
}

// Digest parses HOST/NAME@DIGEST; HOST/NAME:TAG@DIGEST is refused, for a tag
// beside a digest decides nothing.
func (c *Client) Digest(s string) (name.Digest, error) {
	repo, _, both := strings.Cut(s, "@")
	if both && strings.Contains(repo[strings.LastIndex(repo, "/")+1:], ":") {
		return name.Digest{}, step.Misuse("image %q has both a tag and a digest; give REPOSITORY@DIGEST", s)
	}
	digest, err := name.NewDigest(s, c.nameOptions(s)...)
	if err != nil {
		return name.Digest{}, step.Misuse("image %q is not REPOSITORY@DIGEST: %w", s, err)
	}
	return digest, nil
}

// Reference parses HOST/NAME:TAG or HOST/NAME@DIGEST.
func (c *Client) Reference(s string) (name.Reference, error) {
	ref, err := name.ParseReference(s, c.nameOptions(s)...)
	if err != nil {
		return nil, step.Misuse("image reference %q: %w", s, err)
	}
	return ref, nil
}

func (c *Client) nameOptions(s string) []name.Option {
	host, _, _ := strings.Cut(s, "/")
	opts := []name.Option{name.StrictValidation}
	if slices.Contains(c.insecure, host) {
		opts = append(opts, name.Insecure)
	}
	return opts
}

// speak has the client speak through a transport.
func (c *Client) speak(through http.RoundTripper) (err error) {
	c.transport = through
	c.puller, err = remote.NewPuller(c.options()...)
	return err
}

// remote are the options of every call.
func (c *Client) remote(ctx context.Context) []remote.Option {
	return append(c.options(), remote.WithContext(ctx), remote.Reuse(c.puller))
}

// options are those of every call but for what belongs to one. Repeating is our
// transport's and Push's, so the library's own is turned off.
func (c *Client) options() []remote.Option {
	return []remote.Option{
		remote.WithTransport(c.transport),
		remote.WithAuthFromKeychain(c.keychain),
		remote.WithUserAgent("adze/" + step.Version()),
		remote.WithRetryBackoff(remote.Backoff{Steps: 1}),
		remote.WithRetryPredicate(func(error) bool { return false }),
		remote.WithRetryStatusCodes(),
	}
}
