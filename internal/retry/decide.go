// SPDX-License-Identifier: Apache-2.0

package retry

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// worthRepeating tells whether a further try may bring another answer and can
// do no harm.
func (t *Transport) worthRepeating(req *http.Request, resp *http.Response, err error, limit limit) bool {
	harmless := idempotent(req.Method) || t.Always && !isOnce(req.Context())
	switch {
	case req.Context().Err() != nil:
		return false
	case err != nil:
		return !Permanent(err) && harmless
	case limit.name != "":
		return true // the request was not taken
	}
	switch resp.StatusCode {
	case http.StatusInternalServerError:
		return req.Method == http.MethodGet
	case http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
		return harmless
	}
	return false
}

// once is the key of contexts whose requests do harm when they are repeated.
type once struct{}

// Once marks requests that must not be repeated when it is not known what
// became of them, though [Transport.Always] is set.
func Once(ctx context.Context) context.Context { return context.WithValue(ctx, once{}, true) }

func isOnce(ctx context.Context) bool { return ctx.Value(once{}) != nil }

// Permanent tells network errors that no repetition mends: the peer shows a
// certificate that is not trusted, or does not speak TLS.
func Permanent(err error) bool {
	var (
		cert   *tls.CertificateVerificationError
		record tls.RecordHeaderError
	)
	return errors.As(err, &cert) || errors.As(err, &record) || errors.Is(err, http.ErrSchemeMismatch)
}

// idempotent follows RFC 9110, section 9.2.2.
func idempotent(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions:
		return true
	}
	return false
}

// After is the wait that an answer asks for, 0 or less for none: Retry-After in seconds
// or as a date (RFC 9110, section 10.2.3), or the time of GitHub's X-RateLimit-Reset.
func After(resp *http.Response) time.Duration {
	if resp == nil {
		return 0
	}
	value := resp.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return time.Until(at)
	}
	if resp.Header.Get("X-RateLimit-Remaining") != "0" {
		return 0
	}
	if reset, err := strconv.ParseInt(resp.Header.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		return time.Until(time.Unix(reset, 0))
	}
	return 0
}

// Sleep waits, or returns the context's error as soon as it ends.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
