// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/internal/step"
)

// ErrAbsent says that the registry was asked and does not have it.
var ErrAbsent = errors.New("not in the registry")

// Error is an operation that a registry refused or could not be asked for.
type Error struct {
	// Op says what was being done, for example "pushing".
	Op string
	// Ref is the image, repository or reference; its host is the registry.
	Ref string
	// Status is the HTTP status of the answer; 0 when there was none.
	Status int
	// Refusal is why, where the registry's words tell; empty where not.
	Refusal Refusal
	// Err is the cause.
	Err error
}

func (e *Error) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("%s %s: %v", e.Op, e.Ref, e.Err)
	}
	return fmt.Sprintf("%s %s: the registry answered %d %s: %s", e.Op, e.Ref, e.Status, http.StatusText(e.Status), plain.Line(e.Err.Error(), mostWords))
}

// mostWords is how much is shown of what a registry, or a proxy that answers with
// a whole page in its place, says.
const mostWords = 600

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// wrap makes an Error with a hint of what an operation's error was.
func wrap(op string, ref fmt.Stringer, err error) error {
	return wrapAs(op, ref, err, refusalOf(err))
}

func wrapAs(op string, ref fmt.Stringer, err error, why Refusal) error {
	if err == nil {
		return nil
	}
	e := &Error{Op: op, Ref: ref.String(), Status: statusOf(err), Refusal: why, Err: redact(err)}
	if text := cmp.Or(why.advice(), advice(e.Status, err)); text != "" {
		return step.Hint(e, "%s", text)
	}
	return e
}

// advice says what a user can do. Harbor answers 401, not 403, to a push
// without rights and to a push into a project that does not exist.
func advice(status int, err error) string {
	var cert *tls.CertificateVerificationError
	var dns *net.DNSError
	switch {
	case status == http.StatusUnauthorized:
		return "check the credentials in --docker-config and their right to this repository"
	case status == http.StatusBadRequest && invalidName(err):
		return "the registry takes no such repository; Harbor's have a project: HOST/PROJECT/NAME"
	case absent(err):
		return "the registry has no such repository, or not what it had there; where it makes none by itself, create it first"
	case status == http.StatusNotFound:
		return "no registry answers there: check its name, and what stands before it"
	case status == http.StatusForbidden:
		return "the registry denies it: rights, quota, or read-only mode; its message says which"
	case status == http.StatusPreconditionFailed:
		return "a rule of the Harbor project forbids it: an immutable tag, or the prevention of vulnerable images"
	case status == http.StatusRequestEntityTooLarge:
		return "what stands before the registry limits how long a request may be, which a layer must not be held to"
	case status == http.StatusTooManyRequests:
		return "the registry limits how often it is asked; --registry-timeout sets how long to wait for that"
	case errors.As(err, &cert):
		return "give the registry's certificate authority with --ca-file"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "the registry speaks plain HTTP; name it with --insecure if that is meant"
	case errors.As(err, &dns):
		return "the registry's name does not resolve from here"
	case errors.Is(err, context.DeadlineExceeded):
		return "the registry stayed silent; --registry-timeout sets how long to wait"
	}
	return ""
}

// redact takes query strings, where upload tokens and signatures are, and user
// names out of the URLs that net/http puts into its errors.
func redact(err error) error {
	var e *url.Error
	if !errors.As(err, &e) {
		return err
	}
	u, parseErr := url.Parse(e.URL)
	if parseErr != nil {
		return e.Err
	}
	u.User, u.RawQuery = nil, ""
	return &url.Error{Op: e.Op, URL: u.String(), Err: e.Err}
}

// TakenError says that a tag exists on another digest. Tags are never moved.
type TakenError struct {
	// Tag is the tag, and Has the digest that it is on.
	Tag name.Tag
	Has name.Digest
	// Want is the digest that should have got the tag.
	Want name.Digest
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("tag %s is on %s, not on %s, and is never moved", e.Tag, e.Has.DigestStr(), e.Want.DigestStr())
}
