// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/step"
)

// headerTimeout is how long a server may think before it begins to answer.
const headerTimeout = 2 * time.Minute

// newClient makes an HTTP client that repeats requests, trusts a private CA
// beside the system's, and heeds the proxy variables.
func newClient(caFile string, log *slog.Logger) (*http.Client, error) {
	base := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // net/http documents the type
	base.ResponseHeaderTimeout = headerTimeout
	pool, err := trusted(caFile)
	if err != nil {
		return nil, fmt.Errorf("reading the certificates to trust: %w", err)
	}
	if pool != nil {
		base.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: &retry.Transport{Base: base, Log: log, Always: true}}, nil
}

// trusted adds the certificates of a file, or of a folder's *.crt and *.pem, to
// the system's. No file, or a folder without any, gives nil.
func trusted(caFile string) (*x509.CertPool, error) {
	files, err := caFiles(caFile)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, nil //nolint:nilnil // nothing beside the system's
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	for _, file := range files {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM form", file)
		}
	}
	return pool, nil
}

func caFiles(name string) ([]string, error) {
	if name == "" {
		return nil, nil
	}
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		return []string{name}, err
	}
	crt, err := filepath.Glob(filepath.Join(name, "*.crt"))
	if err != nil {
		return nil, err
	}
	pem, err := filepath.Glob(filepath.Join(name, "*.pem"))
	return append(crt, pem...), err
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
