// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"net/http"
)

// serial sends what writes one after the other, for the forge takes writes at the
// same time for abuse:
// https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#avoid-concurrent-requests
type serial struct {
	base http.RoundTripper
	free chan struct{} // holds one thing while nothing is written
}

func newSerial(base http.RoundTripper) serial {
	s := serial{base, make(chan struct{}, 1)}
	s.free <- struct{}{}
	return s
}

// RoundTrip sends the request, after those that write already.
func (s serial) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodGet || req.Method == http.MethodHead {
		return s.base.RoundTrip(req)
	}
	select {
	case <-s.free:
		defer func() { s.free <- struct{}{} }()
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	return s.base.RoundTrip(req)
}
