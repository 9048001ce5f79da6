// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/transport"
)

// silence is how long a server may think before it begins to answer, and may
// rest before it goes on.
const silence = 2 * time.Minute

// newClient makes an HTTP client that repeats requests, for reading does no
// harm, and trusts a private authority beside the system's.
func newClient(caFile string, log *slog.Logger) (*http.Client, error) {
	base, err := transport.New([]string{caFile}, silence)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: &retry.Transport{Base: base, Log: log, Always: true}, CheckRedirect: checkRedirect}, nil
}

// checkRedirect lets no login go to another host, nor over plain HTTP once TLS
// was asked for; net/http alone would look at the host's name only.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first, from := via[0].URL, via[len(via)-1].URL
	switch {
	case len(via) == 10:
		return errors.New("it redirects without end")
	case from.Scheme == "https" && req.URL.Scheme != "https":
		return fmt.Errorf("it redirects from https to %s", req.URL.Scheme)
	case first.Host != req.URL.Host:
		req.Header.Del("Authorization")
	}
	return nil
}

// httpWire is git's smart HTTP (gitprotocol-http(5)).
type httpWire struct {
	url    *url.URL
	client *http.Client
	auth   *login
}

func (h *httpWire) name() string { return h.url.Redacted() }

func (h *httpWire) ask(ctx context.Context, request []byte, read func(*bufio.Reader) error) error {
	method, u := http.MethodPost, *h.url
	u.Path = strings.TrimSuffix(u.Path, "/") + "/git-upload-pack"
	if request == nil {
		method = http.MethodGet
		u.Path = strings.TrimSuffix(h.url.Path, "/") + infoRefs
		u.RawQuery = "service=git-upload-pack"
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(request))
	if err != nil {
		return err
	}
	req.Header.Set("Git-Protocol", "version=2")
	if request != nil {
		req.Header.Set("Content-Type", "application/x-git-upload-pack-request")
		req.Header.Set("Accept", "application/x-git-upload-pack-result")
	}
	if h.auth != nil {
		req.SetBasicAuth(h.auth.user, h.auth.password)
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end, nothing is left to fail
	if resp.StatusCode != http.StatusOK {
		return refusal(resp, &u)
	}
	if request == nil {
		if err := checkAdvert(resp); err != nil {
			return err
		}
		h.follow(resp.Request.URL)
	}
	if err := readAnswer(ctx, resp.Body, read); err != nil {
		return err
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 1<<16) // a connection is used again when its answer was read to the end
	return nil
}

const infoRefs = "/info/refs"

// follow goes on where the server redirected to.
func (h *httpWire) follow(final *url.URL) {
	if path, ok := strings.CutSuffix(final.Path, infoRefs); ok {
		h.auth = h.auth.follow(h.url, final)
		h.url = &url.URL{Scheme: final.Scheme, Host: final.Host, Path: path}
	}
}

// checkAdvert refuses what is no answer of smart HTTP.
func checkAdvert(resp *http.Response) error {
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	switch kind {
	case "application/x-git-upload-pack-advertisement":
		return nil
	case "text/html":
		return step.Hint(fmt.Errorf("%w, but with a web page", errNotGit), "check the URL; a server also shows a page to log in when the credentials are missing")
	}
	return step.Hint(fmt.Errorf("%w of the smart protocol, but with %s", errNotGit, cmp.Or(kind, "no content type")),
		"plain files on a web server (dumb HTTP) cannot be fetched from; serve them with git http-backend, or use --source with a clone")
}

// StatusError is a server's refusal.
type StatusError struct {
	// URL is redacted.
	URL  string
	Code int
	// Text is the beginning of the answer.
	Text string
}

func (e *StatusError) Error() string {
	return strings.TrimSuffix(fmt.Sprintf("%s answers %d %s: %s", e.URL, e.Code, http.StatusText(e.Code), e.Text), ": ")
}

func refusal(resp *http.Response, u *url.URL) error {
	text, err := io.ReadAll(io.LimitReader(resp.Body, 300))
	if err != nil {
		text = nil
	}
	e := &StatusError{URL: u.Redacted(), Code: resp.StatusCode, Text: strings.TrimSpace(string(text))}
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return step.Hint(e, "give credentials that may read the repository: --token-file or --credentials")
	case http.StatusNotFound:
		return step.Hint(e, "check the URL; a private repository also answers so when the credentials are missing")
	}
	return e
}
