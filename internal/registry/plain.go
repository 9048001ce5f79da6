// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// plainHTTP keeps registries from being spoken to in plain HTTP that the user did not
// name: for a private address the library falls back to it wherever TLS fails, and
// whoever can make TLS fail would be sent the password.
//
// It lets pass what goes elsewhere without credentials, which is how registries
// have layers fetched from a store; those are compared with their digests.
type plainHTTP struct {
	next     http.RoundTripper
	insecure []string // HOST[:PORT]
}

// plainError says that TLS was left out unasked.
type plainError struct{ host string }

func (e *plainError) Error() string {
	return "plain HTTP is not spoken to " + e.host + ", which --insecure does not name"
}

// Is makes it an error that no repetition mends, and gives it its hint.
func (e *plainError) Is(target error) bool { return target == http.ErrSchemeMismatch }

// RoundTrip hands on what may go its way.
func (p *plainHTTP) RoundTrip(req *http.Request) (*http.Response, error) {
	guarded := req.Header.Get("Authorization") != "" || strings.HasPrefix(req.URL.Path, "/v2/")
	if req.URL.Scheme == "http" && guarded && !p.may(req.URL.Hostname()) {
		if req.Body != nil {
			_ = req.Body.Close() // it was only to be read
		}
		return nil, &plainError{req.URL.Host}
	}
	return p.next.RoundTrip(req)
}

// may tells whether a host is this one, or named by the user; its token service
// may have another port.
func (p *plainHTTP) may(host string) bool {
	if ip := net.ParseIP(host); ip.IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	return slices.ContainsFunc(p.insecure, func(named string) bool { return (&url.URL{Host: named}).Hostname() == host })
}
