// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/adze-ci/adze/internal/retry"
)

// patience sends the requests of a push, each once, and keeps how long the
// registry asks to wait. What is repeated is a try of the push as a whole: in a
// request that is sent again by itself an upload would not go on where it was cut,
// and the time that the one waits would be added to the other's.
type patience struct {
	// next sends once, and again repeats, as logins are.
	next, again http.RoundTripper
	until       atomic.Int64 // in nanoseconds since 1970
}

func (c *Client) patience() *patience {
	p := &patience{next: c.transport, again: c.transport}
	if r, ok := c.transport.(*retry.Transport); ok {
		p.next = r.Base
	}
	return p
}

// login is the key of contexts whose requests belong to a login.
type login struct{}

// loginError says that a login failed, which was repeated as long as it may be.
type loginError struct{ error }

// Unwrap gives the cause.
func (e *loginError) Unwrap() error { return e.error }

// RoundTrip sends a request, and keeps the wait that an answer asks for which says
// "not now".
func (p *patience) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Context().Value(login{}) != nil {
		return p.again.RoundTrip(req)
	}
	resp, err := p.next.RoundTrip(req)
	if err != nil || !notNow(resp.StatusCode) {
		return resp, err
	}
	if wait := retry.After(resp); wait > 0 {
		p.until.Store(time.Now().Add(wait).UnixNano())
	}
	return resp, nil
}

// asked is how much longer the registry asks to wait; below 0 for not at all.
func (p *patience) asked() time.Duration { return time.Until(time.Unix(0, p.until.Load())) }
