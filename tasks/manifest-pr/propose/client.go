// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/transport"
)

// ClientOptions say how to reach a forge.
type ClientOptions struct {
	// APIURL is the REST API's root, for example https://api.github.com or
	// https://ghe.example/api/v3.
	APIURL string
	// CAFiles are PEM files, or folders of such, of authorities trusted besides the system's.
	CAFiles []string
	// Timeout is how long one request is repeated while the forge does not
	// answer or asks to wait; 0 for two minutes.
	Timeout time.Duration
	// Log is told of repetitions.
	Log *slog.Logger
}

// silence is how long the forge may take to begin, or to go on with, an answer.
const silence = time.Minute

// NewClient makes a client that adds what auth gives to each request. Every
// write of this package can be repeated without harm, so all requests are.
func NewClient(o ClientOptions, auth Auth) (*github.Client, error) {
	root, err := apiRoot(o.APIURL)
	if err != nil {
		return nil, err
	}
	base, err := transport.New(o.CAFiles, silence)
	if err != nil {
		return nil, err
	}
	repeating := &retry.Transport{Base: base, Log: o.Log, Limit: o.Timeout, Always: true}
	client := github.NewClient(&http.Client{Transport: &authorized{base: unmetered{repeating}, root: root, auth: auth}})
	client.BaseURL, client.UserAgent = root, "adze/"+step.Version()
	return client, nil
}

// apiRoot reads the API's URL. A login in it would show in links to the forge.
func apiRoot(text string) (*url.URL, error) {
	root, err := url.Parse(strings.TrimSuffix(text, "/") + "/")
	switch {
	case err != nil || root.Host == "":
		return nil, step.Misuse("--api-url is no URL of an API")
	case root.User != nil:
		return nil, step.Misuse("--api-url at %s holds a login, which belongs into --token-file", root.Host)
	}
	return root, nil
}

// unmetered hides the rate limit's counters from go-github, which would fail
// requests by itself while the transport below waits for the limit's reset.
type unmetered struct{ base http.RoundTripper }

// RoundTrip sends the request.
func (u unmetered) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := u.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Header.Del("X-RateLimit-Reset") // without it go-github never refuses by itself
	if resp.StatusCode < http.StatusBadRequest {
		resp.Header.Del("Retry-After")
	}
	return resp, nil
}

// authorized adds credentials to requests for the API's own host, and to no other.
type authorized struct {
	base http.RoundTripper
	root *url.URL
	auth Auth
}

// RoundTrip sends the request with the Authorization header.
func (a *authorized) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != a.root.Host || req.URL.Scheme != a.root.Scheme {
		return a.base.RoundTrip(req)
	}
	header, err := a.auth.Header(req.Context(), a.base)
	if err != nil {
		return nil, fmt.Errorf("authenticating at %s: %w", req.URL.Host, err)
	}
	req = req.Clone(req.Context())
	if header != "" {
		req.Header.Set("Authorization", header)
	}
	return a.base.RoundTrip(req)
}
