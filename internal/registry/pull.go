// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Pull is how another program gets a repository's blobs.
type Pull struct {
	// Header is what it has to send along; empty where anybody may pull.
	Header http.Header

	base url.URL
}

// Blob is a blob's address.
func (p Pull) Blob(digest v1.Hash) string { return p.base.JoinPath(digest.String()).String() }

// Pull finds out how another program gets a repository's blobs. Where the registry
// hands out tokens, it is a token that is good for nothing else and not for long,
// and not the password: https://distribution.github.io/distribution/spec/auth/token/
func (c *Client) Pull(ctx context.Context, repo name.Repository) (Pull, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*c.timeout)
	defer cancel()
	challenge, err := transport.Ping(ctx, repo.Registry, c.transport)
	if err != nil {
		return Pull{}, wrap("asking how to pull from", repo, err)
	}
	p := Pull{Header: http.Header{}, base: url.URL{Scheme: "https", Host: repo.RegistryStr(), Path: "/v2/" + repo.RepositoryStr() + "/blobs/"}}
	if challenge.Insecure {
		p.base.Scheme = "http"
	}
	word, err := c.pullWord(ctx, repo, challenge)
	if err != nil {
		return Pull{}, wrap("asking for a token to pull from", repo, err)
	}
	if word != "" {
		p.Header.Set("Authorization", word)
	}
	return p, nil
}

// pullWord is the value of the header Authorization; empty for none.
func (c *Client) pullWord(ctx context.Context, repo name.Repository, challenge *transport.Challenge) (string, error) {
	login, err := authn.Resolve(ctx, c.keychain, repo)
	if err != nil {
		return "", err
	}
	has, err := authn.Authorization(ctx, login)
	switch {
	case err != nil:
		return "", fmt.Errorf("looking up credentials for %s: %w", repo, err)
	case challenge.Scheme == "":
		return "", nil
	case has.RegistryToken != "":
		return "Bearer " + has.RegistryToken, nil
	case !strings.EqualFold(challenge.Scheme, "bearer"):
		if has.Username == "" {
			return "", nil
		}
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(has.Username+":"+has.Password)), nil
	}
	token, err := transport.Exchange(ctx, repo.Registry, login, c.transport, []string{repo.Scope(transport.PullScope)}, challenge)
	if err != nil {
		return "", err
	}
	if token.AccessToken != "" { // the same by OAuth's name
		return "Bearer " + token.AccessToken, nil
	}
	return "Bearer " + token.Token, nil
}
