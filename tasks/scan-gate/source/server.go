// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/adze-ci/adze/internal/mount"
	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/transport"
)

// mostAnswer is how large a scanner's answer may be, in bytes, and silence how long
// it may pause in the middle of one.
const (
	mostAnswer = 64 << 20
	silence    = 2 * time.Minute
)

// server is a scanner that is spoken to over HTTP.
type server struct {
	// url is where it is, and tokenFile has what it lets its callers in by; empty for none.
	url, tokenFile string
	// sign makes a token of what the file holds; nil where that is the token.
	sign func(secret string, now time.Time) (string, error)
}

// addFlags declares the flags.
func (s *server) addFlags(f *step.Flags) {
	f.StringVar(&s.url, "scanner-url", "", "`URL` of the scanner's server; with --scanner=trivy Trivy then asks a server of its own, which keeps the database")
	f.StringVar(&s.tokenFile, "scanner-token-file", "", "`FILE` with the token that the scanner's server asks for, or for Clair the key of its auth.psk, or a folder with a file token; a folder that is empty holds none")
}

// validate checks the URL. What it says of a bad one shows no secret.
func (s *server) validate() error {
	if s.url == "" {
		return nil
	}
	u, err := url.Parse(s.url)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return step.Misuse("--scanner-url is no http:// or https:// URL")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return step.Hint(step.Misuse("--scanner-url has more than a host and a path: %s", u.Redacted()), "a token belongs into --scanner-token-file")
	}
	return nil
}

// token reads the token; empty for none.
func (s *server) token() (string, error) {
	path := s.tokenFile
	if path == "" {
		return "", nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "token")
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			if empty, err := mount.Empty(s.tokenFile); err != nil || empty {
				return "", err
			}
			return "", step.Misuse("--scanner-token-file=%s is a folder without a file token", s.tokenFile)
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", step.Misuse("reading --scanner-token-file: %w", err)
	}
	token := strings.TrimSpace(string(raw))
	if token == "" || strings.ContainsAny(token, "\r\n") {
		return "", step.Misuse("--scanner-token-file=%s does not hold one line", path)
	}
	return token, nil
}

// client speaks to the server, which may be silent for so long, and follows no redirect.
func (s *server) client(caFiles []string, silence time.Duration) (*http.Client, error) {
	rt, err := transport.New(caFiles, silence)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: rt, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
}

// answer is what a scanner answered.
type answer struct {
	status          int
	header, trailer http.Header
	body            []byte
	// to says in words what it answered to, and with which status.
	to string
}

// refused says that an answer is none, in the scanner's words.
func (a *answer) refused() error {
	err := fmt.Errorf("the scanner answered %s: %s", a.to, plain.Line(string(a.body), 300))
	if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
		return step.Hint(err, "--scanner-token-file names what lets callers in; Clair has to list scan-gate among its issuers")
	}
	return err
}

// ask does one request at a path of the server, with a query where one follows a
// question mark, and gives the answer, which has to have one of some statuses.
func (s *server) ask(ctx context.Context, client *http.Client, method, path string, header http.Header, body []byte, want ...int) (*answer, error) {
	path, query, _ := strings.Cut(path, "?")
	at, err := url.JoinPath(s.url, path)
	if err != nil {
		return nil, fmt.Errorf("joining --scanner-url: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, method, at, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.URL.RawQuery, req.Header = query, header
	return s.send(client, req, want...)
}

// send does a request with the token, and reads the answer.
func (s *server) send(client *http.Client, req *http.Request, want ...int) (*answer, error) {
	token, err := s.token()
	if err == nil && token != "" && s.sign != nil {
		token, err = s.sign(token, time.Now())
	}
	if err != nil {
		return nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking the scanner: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	raw, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("reading the scanner's answer: %w", err)
	}
	if len(raw) > mostAnswer {
		return nil, fmt.Errorf("the scanner's answer is larger than %d bytes", mostAnswer)
	}
	got := &answer{resp.StatusCode, resp.Header, resp.Trailer, raw, fmt.Sprintf("%s to %s %s", resp.Status, req.Method, req.URL.Path)}
	if !slices.Contains(want, got.status) {
		return nil, got.refused()
	}
	return got, nil
}
