// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
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
	// answer; 0 for two minutes.
	Timeout time.Duration
	// Deadline is how long after the client was made the forge's rate limits may
	// be waited for; 0 for [DefaultDeadline].
	Deadline time.Duration
	// Log is told of repetitions.
	Log *slog.Logger

	secondary time.Duration // of retry.Transport
}

// silence is how long the forge may take to begin, or to go on with, an answer.
const silence = time.Minute

// DefaultDeadline lets short limits pass, and those of GitHub's secondary
// limits that double from a minute on.
const DefaultDeadline = 15 * time.Minute

// NewClient makes a client that adds what auth gives to each request. Nearly all
// writes of this package can be repeated without harm, so requests are; the others
// are marked by [retry.Once].
func NewClient(o ClientOptions, auth Auth) (*github.Client, error) {
	root, err := apiRoot(o.APIURL)
	if err != nil {
		return nil, err
	}
	base, err := transport.New(o.CAFiles, silence)
	if err != nil {
		return nil, err
	}
	until := time.Now().Add(cmp.Or(o.Deadline, DefaultDeadline))
	repeating := &retry.Transport{Base: frank{base}, Log: o.Log, Limit: o.Timeout, Until: until, Secondary: o.secondary, Always: true}
	client := github.NewClient(&http.Client{Transport: &authorized{base: unmetered{newSerial(repeating)}, root: root, auth: auth}})
	client.BaseURL, client.UserAgent = root, "adze/"+step.Version()
	return client, nil
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

// RoundTrip sends the request with the Authorization header. Credentials that
// can be had anew are, once, when the forge does not take them any more.
func (a *authorized) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != a.root.Host || req.URL.Scheme != a.root.Scheme {
		return a.base.RoundTrip(req)
	}
	resp, header, err := a.send(req)
	renewing, ok := a.auth.(renewing)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || !ok {
		return resp, err
	}
	again := req.Clone(req.Context())
	if req.Body != nil && req.Body != http.NoBody {
		if req.GetBody == nil {
			return resp, nil
		}
		if again.Body, err = req.GetBody(); err != nil {
			return resp, nil //nolint:nilerr // the refusal is what there is to tell
		}
	}
	_ = resp.Body.Close()
	renewing.Forget(header)
	resp, _, err = a.send(again)
	return resp, err
}

func (a *authorized) send(req *http.Request) (*http.Response, string, error) {
	header, err := a.auth.Header(req, a.base)
	if err != nil {
		if silent(err) {
			err = step.NoAnswer("%w", err)
		}
		return nil, "", &unauthenticated{fmt.Errorf("authenticating at %s: %w", req.URL.Host, err)}
	}
	req = req.Clone(req.Context())
	if header != "" {
		req.Header.Set("Authorization", header)
	}
	resp, err := a.base.RoundTrip(req)
	return resp, header, err
}
