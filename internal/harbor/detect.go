// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/adze-ci/adze/internal/step"
)

// hosts remembers what was found out about registries.
type hosts struct {
	mu    sync.Mutex
	known map[string]*host
}

// host is one registry; while it is asked, others wait for the answer.
type host struct {
	mu     sync.Mutex
	asked  bool
	harbor bool
	scheme string
}

func (h *hosts) of(name string) *host {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil {
		h.known = map[string]*host{}
	}
	if h.known[name] == nil {
		h.known[name] = &host{}
	}
	return h.known[name]
}

// Is tells whether a repository's registry is a Harbor. That is asked once for
// each host, of what Harbor tells anybody: /api/v2.0/systeminfo. An answer of
// 500 or above, and none, are errors.
func (c *Client) Is(ctx context.Context, repo name.Repository) (bool, error) {
	if c.mode == No {
		return false, nil
	}
	h, err := c.host(ctx, repo)
	if err != nil {
		return false, err
	}
	return h.harbor, nil
}

// base is where a registry's API is.
func (c *Client) base(ctx context.Context, repo name.Repository) (*url.URL, error) {
	h, err := c.host(ctx, repo)
	if err != nil {
		return nil, err
	}
	return &url.URL{Scheme: h.scheme, Host: repo.RegistryStr(), Path: basePath}, nil
}

// host asks a registry what it is, unless that is known.
func (c *Client) host(ctx context.Context, repo name.Repository) (*host, error) {
	h := c.hosts.of(repo.RegistryStr())
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.asked {
		return h, nil
	}
	access, err := c.registry.Access(ctx, repo)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*access.Timeout)
	defer cancel()
	if err := h.ask(ctx, access.Transport, repo, c.mode); err != nil {
		err = fmt.Errorf("asking %s whether it is a Harbor: %w", repo.RegistryStr(), err)
		return nil, step.Hint(err, "where that cannot be asked, --harbor=yes or --harbor=no says it")
	}
	h.asked = true
	return h, nil
}

// ask fills in what is known of a registry.
func (h *host) ask(ctx context.Context, t http.RoundTripper, repo name.Repository, mode string) error {
	h.scheme = "https"
	if repo.Scheme() == "http" {
		// It may be plain HTTP; then the registry's own way to find out decides.
		challenge, err := transport.Ping(ctx, repo.Registry, t)
		if err != nil {
			return err
		}
		if challenge.Insecure {
			h.scheme = "http"
		}
	}
	var err error
	if h.harbor = mode == Yes; mode == Auto {
		h.harbor, err = isHarbor(ctx, t, h.scheme, repo)
	}
	return err
}

// isHarbor asks one address without credentials.
func isHarbor(ctx context.Context, t http.RoundTripper, scheme string, repo name.Repository) (bool, error) {
	at := url.URL{Scheme: scheme, Host: repo.RegistryStr(), Path: basePath + "/systeminfo"}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return false, err
	}
	req.Header.Set("User-Agent", userAgent())
	resp, err := (&http.Client{Transport: t, CheckRedirect: stay}).Do(req)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	if resp.StatusCode >= http.StatusInternalServerError || resp.StatusCode == http.StatusTooManyRequests {
		return false, fmt.Errorf("it answered %s", resp.Status)
	}
	var info struct {
		AuthMode *string `json:"auth_mode"`
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostWords))
	if err != nil {
		return false, errors.Join(errors.New("its answer ended early"), err)
	}
	known := json.Unmarshal(body, &info) == nil && info.AuthMode != nil
	return known && resp.StatusCode == http.StatusOK, nil
}

func userAgent() string { return "adze/" + step.Version() }
