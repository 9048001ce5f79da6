// SPDX-License-Identifier: Apache-2.0

package source

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/adze-ci/adze/internal/mount"
	"github.com/adze-ci/adze/internal/step"
)

// server is a scanner that is spoken to over HTTP.
type server struct {
	// url is where it is, and tokenFile has what it lets its callers in by; empty for none.
	url, tokenFile string
}

// addFlags declares the flags.
func (s *server) addFlags(f *step.Flags) {
	f.StringVar(&s.url, "scanner-url", "", "`URL` of the scanner's server; with --scanner=trivy Trivy then asks a server of its own, which keeps the database")
	f.StringVar(&s.tokenFile, "scanner-token-file", "", "`FILE` with the token that the scanner's server asks for, or a folder with a file token; a folder that is empty holds none")
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
