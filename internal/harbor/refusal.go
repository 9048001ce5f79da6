// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// mostWords is how much of a refusal is read, in bytes.
const mostWords = 64 << 10

// Error is an answer of 300 or above from Harbor's API.
type Error struct {
	// Call is the method and path of the request.
	Call string
	// Status is the HTTP status.
	Status int
	// Code and Message are the first of Harbor's errors, such as NOT_FOUND;
	// empty when something else answered in Harbor's place.
	Code, Message string
}

func (e *Error) Error() string {
	if e.Code == "" {
		return e.Call + ": not in Harbor's words"
	}
	return e.Call + ": " + e.Message
}

// refusals turns answers of 300 and above into errors while their body can
// still be read: go-client closes it, and knows only some of the statuses.
type refusals struct{ base http.RoundTripper }

// RoundTrip does one request.
func (r refusals) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("User-Agent", userAgent())
	resp, err := r.base.RoundTrip(req)
	if err != nil || resp.StatusCode < http.StatusMultipleChoices {
		return resp, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	return nil, readRefusal(req.Method+" "+req.URL.Path, resp)
}

func readRefusal(call string, resp *http.Response) *Error {
	e := &Error{Call: call, Status: resp.StatusCode}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, mostWords))
	var said struct {
		Errors []struct{ Code, Message string }
	}
	if json.Unmarshal(body, &said) == nil && len(said.Errors) > 0 {
		e.Code, e.Message = plain.Line(said.Errors[0].Code, 40), plain.Line(said.Errors[0].Message, 400)
	}
	return e
}

// absent tells Harbor's word that it does not have something from the 404 of
// whatever stands before it. "path … was not found" says that the request itself
// did not arrive as it was sent.
func absent(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusNotFound && e.Code == "NOT_FOUND" && !strings.HasPrefix(e.Message, "path ")
}

// status is that of Harbor's refusal; 0 for any other error.
func status(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// wrap says what was being done to what, and what a user can do about the
// refusal. Needs is the permission of a robot account that the call takes.
func wrap(op string, ref fmt.Stringer, needs string, err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%s %s: %w", op, ref, err)
	}
	// Without net/http's words around the refusal, which say the URL again.
	wrapped := &registry.Error{Op: op, Ref: ref.String(), Status: e.Status, Refusal: e.refusal(), Err: e}
	if absent(err) {
		return fmt.Errorf("%w: %w", wrapped, registry.ErrAbsent)
	}
	return step.Hint(wrapped, "%s", e.advice(needs))
}

// refusal is the word for it that a push has, too.
func (e *Error) refusal() registry.Refusal {
	switch {
	case e.Status == http.StatusUnauthorized:
		return registry.BadCredentials
	case strings.Contains(e.Message, readOnly):
		return registry.ReadOnly
	case e.Status == http.StatusForbidden && e.Code != "":
		return registry.NoRight
	case strings.Contains(e.Message, immutable):
		return registry.Immutable
	}
	return ""
}

// Harbor's words in refusals that are told apart by them.
const (
	readOnly  = "read only mode"
	immutable = "configured as immutable"
)

func (e *Error) advice(needs string) string {
	switch {
	case e.Status < http.StatusBadRequest:
		return "what stands before Harbor sends requests elsewhere; name the registry as it is called there"
	case e.Code == "" && e.Status == http.StatusNotFound, strings.HasPrefix(e.Message, "path "):
		return "a proxy before Harbor may not hand on " + basePath + ", or decode the repository's name in it; --harbor=no does without the API"
	case e.Status == http.StatusUnauthorized:
		return "Harbor does not know the user and password in --docker-config: is the robot account disabled or expired, or its secret another?"
	case strings.Contains(e.Message, readOnly):
		return "Harbor is in read-only mode; its administrator ends that"
	case e.Status == http.StatusForbidden:
		return "give the robot account the permission " + needs
	case strings.Contains(e.Message, immutable):
		return "a rule of the project makes the tag immutable"
	case e.Status == http.StatusPreconditionFailed && strings.Contains(e.Message, "deactivated"):
		return "the project's scanner is switched off in Harbor; its administrator switches it on"
	case e.Status == http.StatusInternalServerError:
		return "Harbor failed; the logs of its core and jobservice say why"
	}
	return "Harbor's message says what it does not take"
}
