// SPDX-License-Identifier: Apache-2.0

package retry

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// script answers with one status after the other, the last one for ever.
func script(t *testing.T, statuses ...int) (url string, bodies *[]string) {
	t.Helper()
	bodies = new([]string)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		*bodies = append(*bodies, string(b))
		status := statuses[min(len(*bodies), len(statuses))-1]
		if status == 0 {
			panic(http.ErrAbortHandler)
		}
		if status == http.StatusForbidden {
			w.Header().Set("Retry-After", "0")
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, bodies
}

func TestTries(t *testing.T) {
	for _, c := range []struct {
		name, method string
		statuses     []int
		always       bool
		status       int
		tries        int
	}{
		{"answered", "GET", []int{200}, false, 200, 1},
		{"bad gateway", "GET", []int{502, 503, 200}, false, 200, 3},
		{"cut connection", "GET", []int{0, 200}, false, 200, 2},
		{"not found is an answer", "GET", []int{404}, false, 404, 1},
		{"post is not repeated after 502", "POST", []int{502, 200}, false, 502, 1},
		{"post is repeated where it does no harm", "POST", []int{502, 0, 200}, true, 200, 3},
		{"post was not taken at 429", "POST", []int{429, 200}, false, 200, 2},
		{"rate limit as 403", "POST", []int{403, 200}, false, 200, 2},
		{"gives up with the last answer", "GET", []int{503}, false, 503, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, bodies := script(t, c.statuses...)
			client := &http.Client{Transport: &Transport{Initial: time.Millisecond, Limit: 300 * time.Millisecond, Always: c.always}}
			req, err := http.NewRequestWithContext(t.Context(), c.method, url, strings.NewReader("body"))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			if resp.StatusCode != c.status || (c.tries != 0 && len(*bodies) != c.tries) || (c.tries == 0 && len(*bodies) < 2) {
				t.Errorf("status %d after %d tries", resp.StatusCode, len(*bodies))
			}
			for _, b := range *bodies {
				if b != "body" {
					t.Errorf("a try sent %q", b)
				}
			}
		})
	}
}

func TestGivingUpNamesTheCall(t *testing.T) {
	url, _ := script(t, 0)
	client := &http.Client{Transport: &Transport{Initial: time.Millisecond, Limit: 20 * time.Millisecond}}
	_, err := client.Get(url + "/path") //nolint:bodyclose,noctx // there is no answer
	if err == nil || !strings.Contains(err.Error(), "GET /path at ") {
		t.Errorf("got %v", err)
	}
}

func TestUntrustedPeerIsNotAskedAgain(t *testing.T) {
	plain, secure := httptest.NewServer(http.NotFoundHandler()), httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	for _, url := range []string{secure.URL, strings.Replace(plain.URL, "http:", "https:", 1)} {
		var log bytes.Buffer
		client := &http.Client{Transport: &Transport{Log: slog.New(slog.NewTextHandler(&log, nil))}}
		_, err := client.Get(url) //nolint:bodyclose,noctx // there is no answer
		if !Permanent(err) || log.Len() > 0 {
			t.Errorf("%s: got %v, log %s", url, err, log.String())
		}
	}
}

func TestContextEndsTheWait(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var log bytes.Buffer
	transport := &Transport{
		Initial: time.Hour, Limit: 100 * time.Hour,
		// The line is written just before the wait begins.
		Log: slog.New(slog.NewTextHandler(io.MultiWriter(&log, onWrite(cancel)), nil)),
		Base: roundTripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusServiceUnavailable, Status: "503 unavailable", Body: http.NoBody, Request: r}, nil
		}),
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://host.example/path", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(req) //nolint:bodyclose // there is no answer
	if resp != nil || !errors.Is(err, context.Canceled) || !strings.Contains(log.String(), "503 unavailable") {
		t.Errorf("got %v, %v, log %s", resp, err, log.String())
	}
}

type onWrite func()

func (f onWrite) Write(p []byte) (int, error) { f(); return len(p), nil }

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestRetryAfter(t *testing.T) {
	wait := func(kv ...string) time.Duration {
		h := http.Header{}
		for i := 0; i < len(kv); i += 2 {
			h.Set(kv[i], kv[i+1])
		}
		return After(&http.Response{Header: h, Body: http.NoBody})
	}
	if d := wait("Retry-After", "7"); d != 7*time.Second {
		t.Error(d)
	}
	if d := wait("Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)); d < 59*time.Minute {
		t.Error(d)
	}
	if d := wait("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "99999999999"); d < time.Hour {
		t.Error(d)
	}
	if d := wait("X-RateLimit-Remaining", "5", "X-RateLimit-Reset", "99999999999"); d != 0 {
		t.Error(d)
	}
}
