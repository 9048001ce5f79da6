// SPDX-License-Identifier: Apache-2.0

// Package retry repeats HTTP requests that are worth repeating.
//
// A [Transport] repeats a request after a network error or an answer that says
// "not now" (429, 502, 503, 504, and GitHub's 403 with a rate limit), with
// exponential back-off and jitter, and waits as long as Retry-After asks. It
// gives up when the context ends or the next wait would outlast its limit, and
// then hands on the last answer or an error that names host, operation and cause.
//
// Where [Transport.Until] is set, a server's rate limit is waited for until then,
// however long a request takes, and a [LimitError] says which limit outlasts it.
package retry

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Transport is an http.RoundTripper that repeats requests. Requests whose body
// cannot be had again are sent once.
type Transport struct {
	// Base does the single round trip; nil for http.DefaultTransport.
	Base http.RoundTripper
	// Limit is how long all tries together may take; 0 for two minutes.
	Limit time.Duration
	// Initial is the first wait; 0 for half a second.
	Initial time.Duration
	// Max is the longest wait that the server did not ask for; 0 for 20 seconds.
	Max time.Duration
	// Log is told of each repetition; nil for silence.
	Log *slog.Logger
	// Until is when all waiting for rate limits ends, that of all requests
	// together; zero for Limit alone, for each request anew.
	Until time.Time
	// Secondary is the first wait for a secondary limit whose end is not told, of
	// which each further one is twice as long; 0 for a minute, as GitHub asks.
	Secondary time.Duration
	// Always repeats requests that are not idempotent after network errors and
	// 5xx too: right only where a repetition does no harm.
	Always bool
}

// RoundTrip sends the request until it is answered for good.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	waits, deadline, refusals := t.backOff(), time.Now().Add(t.limit()), 0
	for try := 1; ; try++ {
		resp, err := t.base().RoundTrip(req)
		limit := limitOf(resp, cmp.Or(t.Secondary, time.Minute)<<min(refusals, 10))
		if !t.worthRepeating(req, resp, err, limit) {
			return resp, err
		}
		if limit.name != "" {
			refusals++
		}
		wait := t.wait(waits.NextBackOff(), limit, resp)
		again, rewindErr := rewind(req)
		if end := time.Now().Add(wait); rewindErr != nil || end.After(t.patience(limit, deadline)) {
			return t.giveUp(req, resp, err, try, limit, end)
		}
		t.tell(req, resp, err, wait, limit)
		drain(resp)
		if err := Sleep(req.Context(), wait); err != nil {
			return nil, err
		}
		if req = again; limit.name != "" && !t.Until.IsZero() {
			deadline = time.Now().Add(t.limit()) // the server was not silent
		}
	}
}

// wait is how long to wait before the next try. After a limit's end all who
// waited for it come back, so each adds a little of its own.
func (t *Transport) wait(own time.Duration, limit limit, resp *http.Response) time.Duration {
	asked := max(limit.wait, After(resp))
	if limit.name != "" && !t.Until.IsZero() {
		return asked + own
	}
	return max(own, asked)
}

// patience is when waiting ends.
func (t *Transport) patience(limit limit, deadline time.Time) time.Time {
	switch {
	case t.Until.IsZero():
		return deadline
	case limit.name != "" || t.Until.Before(deadline):
		return t.Until
	default:
		return deadline
	}
}

func (t *Transport) backOff() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	if t.Initial > 0 {
		b.InitialInterval = t.Initial
	}
	b.Multiplier, b.MaxInterval = 2, 20*time.Second
	if t.Max > 0 {
		b.MaxInterval = t.Max
	}
	return b
}

func (t *Transport) limit() time.Duration {
	if t.Limit > 0 {
		return t.Limit
	}
	return 2 * time.Minute
}

func (t *Transport) base() http.RoundTripper {
	if t.Base != nil {
		return t.Base
	}
	return http.DefaultTransport
}

func (t *Transport) tell(req *http.Request, resp *http.Response, err error, wait time.Duration, limit limit) {
	if t.Log == nil {
		return
	}
	cause := fmt.Sprint(err)
	if resp != nil {
		cause = resp.Status
	}
	if limit.name != "" {
		cause += ", " + limit.name
	}
	t.Log.Warn("trying again", "operation", req.Method+" "+req.URL.Path, "host", req.URL.Host, "cause", cause, "wait", wait.Round(time.Millisecond).String())
}

// giveUp hands on the last answer, for its status and body say more than we
// could, or tells which call failed, or which limit lasts too long.
func (t *Transport) giveUp(req *http.Request, resp *http.Response, err error, tries int, limit limit, end time.Time) (*http.Response, error) {
	switch {
	case limit.name != "" && !t.Until.IsZero():
		drain(resp)
		return nil, &LimitError{Host: req.URL.Host, Limit: limit.name, End: end, Until: t.Until}
	case resp != nil:
		return resp, nil
	default:
		return nil, fmt.Errorf("%s %s at %s failed %d times: %w", req.Method, req.URL.Path, req.URL.Host, tries, err)
	}
}

// drain reads a little of an answer that nobody wants, so that its connection can be used again.
func drain(resp *http.Response) {
	if resp == nil {
		return
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10)
	_ = resp.Body.Close()
}

// rewind makes the request that a further try sends.
func rewind(req *http.Request) (*http.Request, error) {
	again := req.Clone(req.Context())
	if req.Body == nil || req.Body == http.NoBody {
		return again, nil
	}
	if req.GetBody == nil {
		return nil, fmt.Errorf("the body of %s %s cannot be sent again", req.Method, req.URL.Path)
	}
	body, err := req.GetBody()
	again.Body = body
	return again, err
}
