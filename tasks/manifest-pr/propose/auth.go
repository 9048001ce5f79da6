// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"net/http"
	"os"
	"strings"

	"github.com/adze-ci/adze/internal/step"
)

// Auth gives the Authorization header of requests.
type Auth interface {
	// Header may ask the forge for it, through the given transport.
	Header(req *http.Request, transport http.RoundTripper) (string, error)
}

// renewing is an Auth that can have its credentials anew.
type renewing interface {
	// Forget drops the credentials of a header that the forge refused.
	Forget(header string)
}

// unauthenticated is why no credentials were had. What the forge answered to the
// question for them is not what it answers to the request itself.
type unauthenticated struct{ err error }

// Error is the reason.
func (e *unauthenticated) Error() string { return e.err.Error() }

// Unwrap leads to hints and exit code.
func (e *unauthenticated) Unwrap() error { return e.err }

// TokenFile is a file that holds a token. It is read for each request, for a
// mounted secret may change while a run waits.
type TokenFile string

// Header reads the file.
func (f TokenFile) Header(*http.Request, http.RoundTripper) (string, error) {
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
func (Anonymous) Header(*http.Request, http.RoundTripper) (string, error) { return "", nil }
