// SPDX-License-Identifier: Apache-2.0

package retry

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const secondaryText = `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}`

// answers is a server that gives one answer after the other, the last for ever.
type answers struct {
	all   []func() (int, string, []string)
	times []time.Duration // of the requests, from the first
	start time.Time
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.start.IsZero() {
		a.start = time.Now()
	}
	a.times = append(a.times, time.Since(a.start))
	status, body, header := a.all[min(len(a.times), len(a.all))-1]()
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Status: strconv.Itoa(status), Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func answer(status int, body string, header ...string) func() (int, string, []string) {
	return func() (int, string, []string) { return status, body, header }
}

// resets is a primary limit that ends after so long.
func resets(after time.Duration) func() (int, string, []string) {
	return func() (int, string, []string) {
		return 403, "{}", []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", fmt.Sprint(time.Now().Add(after).Unix())}
	}
}

func TestLimitsAreWaitedFor(t *testing.T) {
	for name, c := range map[string]struct {
		answers []func() (int, string, []string)
		until   time.Duration
		waited  []time.Duration // at least so long, and less than five seconds more
		gives   string          // the limit that was not waited for
	}{
		"a secondary limit without a time": {
			[]func() (int, string, []string){answer(403, secondaryText), answer(429, secondaryText), answer(200, "")},
			time.Hour, []time.Duration{time.Minute, 2 * time.Minute}, ""},
		"a secondary limit with a time": {
			[]func() (int, string, []string){answer(403, secondaryText, "Retry-After", "7"), answer(200, "")},
			time.Hour, []time.Duration{7 * time.Second}, ""},
		"a primary limit, longer than a silent server is waited for": {
			[]func() (int, string, []string){resets(20 * time.Minute), answer(502, ""), answer(200, "")},
			time.Hour, []time.Duration{20 * time.Minute, 0}, ""},
		"a primary limit that outlasts the run": {
			[]func() (int, string, []string){resets(20 * time.Minute)}, 10 * time.Minute, nil, "rate limit"},
		"a secondary limit that does not end": {
			[]func() (int, string, []string){answer(403, secondaryText)}, 5 * time.Minute, []time.Duration{time.Minute, 2 * time.Minute}, "secondary rate limit"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &answers{all: c.answers}
				transport := &Transport{Base: server, Limit: time.Minute, Until: time.Now().Add(c.until), Always: true}
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://host.example/path", strings.NewReader("body"))
				if err != nil {
					t.Fatal(err)
				}
				resp, err := transport.RoundTrip(req)
				if resp != nil {
					defer resp.Body.Close() //nolint:errcheck // it was made here
				}
				var limit *LimitError
				if (err == nil) == (c.gives != "") || err != nil && (!errors.As(err, &limit) || limit.Limit != c.gives) {
					t.Fatalf("got %v", err)
				}
				if len(server.times) != len(c.waited)+1 {
					t.Fatalf("asked at %v", server.times)
				}
				for i, want := range c.waited {
					if got := server.times[i+1] - server.times[i]; got < want || got > want+5*time.Second {
						t.Errorf("wait %d was %s, want %s", i, got, want)
					}
				}
			})
		})
	}
}

// A request that does harm when it is repeated is repeated after a limit, which
// did not let it in, and not when its fate is unknown.
func TestOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &answers{all: []func() (int, string, []string){answer(429, ""), answer(502, ""), answer(200, "")}}
		transport := &Transport{Base: server, Always: true}
		req, err := http.NewRequestWithContext(Once(t.Context()), http.MethodPost, "http://host.example/path", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(req)
		if err != nil || resp.StatusCode != http.StatusBadGateway || len(server.times) != 2 {
			t.Fatalf("%v after %d requests", err, len(server.times))
		}
		_ = resp.Body.Close()
	})
}
