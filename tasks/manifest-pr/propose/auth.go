// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"net/http"
	"os"
	"strings"

	"github.com/adze-ci/adze/internal/step"
)

// Auth gives the Authorization header of requests.
type Auth interface {
	// Header may ask the forge for it, through the given transport.
	Header(ctx context.Context, transport http.RoundTripper) (string, error)
}

// TokenFile is a file that holds a token. It is read for each request, for a
// mounted secret may change while a run waits.
type TokenFile string

// Header reads the file.
func (f TokenFile) Header(context.Context, http.RoundTripper) (string, error) {
	b, err := os.ReadFile(string(f))
	if err != nil {
		return "", step.Misuse("reading the token file: %w", err)
	}
	token := strings.TrimSpace(string(b))
	if token == "" || strings.ContainsAny(token, " \t\r\n") {
		return "", step.Misuse("%s does not hold one token", string(f))
	}
	return "Bearer " + token, nil
}

// Anonymous sends no credentials.
type Anonymous struct{}

// Header is empty.
func (Anonymous) Header(context.Context, http.RoundTripper) (string, error) { return "", nil }
