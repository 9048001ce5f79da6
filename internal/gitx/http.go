// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bytes"
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

// readTries is how often an answer that breaks off is asked for again.
const readTries = 3

// post sends a command to git-upload-pack and reads the whole answer.
func (r *remote) post(ctx context.Context, req []byte) ([]byte, error) {
	u := *r.url
	u.Path = strings.TrimSuffix(u.Path, "/") + "/git-upload-pack"
	body, _, err := r.send(ctx, http.MethodPost, &u, req)
	return body, err
}

func (r *remote) send(ctx context.Context, method string, u *url.URL, body []byte) ([]byte, *url.URL, error) {
	var err error
	for range readTries {
		var answer []byte
		var final *url.URL
		answer, final, err = r.sendOnce(ctx, method, u, body)
		if !errors.Is(err, io.ErrUnexpectedEOF) || ctx.Err() != nil {
			return answer, final, err
		}
		r.log.Warn("the answer broke off, asking again", "url", u.Redacted())
	}
	return nil, nil, err
}

func (r *remote) sendOnce(ctx context.Context, method string, u *url.URL, body []byte) ([]byte, *url.URL, error) {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Git-Protocol", "version=2")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-git-upload-pack-request")
		req.Header.Set("Accept", "application/x-git-upload-pack-result")
	}
	if r.auth != nil {
		req.SetBasicAuth(r.auth.user, r.auth.password)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end, nothing is left to fail
	if resp.StatusCode != http.StatusOK {
		return nil, nil, refusal(resp, u)
	}
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, nil, fmt.Errorf("%s %s: reading the answer: %w", method, u.Redacted(), err)
	}
	return answer, resp.Request.URL, nil
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
