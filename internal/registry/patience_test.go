// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/adze-ci/adze/internal/step"
)

// A registry that nobody answers for is given up after the time for one, however
// many blobs there are.
func TestDeadRegistryIsGivenUp(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	host := strings.TrimPrefix(srv.URL, "http://")
	srv.Close()
	const limit = 2 * time.Second
	c := newClient(t, Options{Timeout: limit})
	repo, err := c.Repository(host + "/library/app")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, err = c.Push(t.Context(), repo, image(t))
	if took := time.Since(began); took > 3*limit {
		t.Errorf("it took %s, with %s for a registry that is away", took, limit)
	}
	var e *Error
	if !errors.As(err, &e) || e.Status != 0 {
		t.Errorf("got %v", err)
	}
}

// What the registry asks to wait is waited, in every kind of request.
func TestPushWaitsAsLongAsItIsAsked(t *testing.T) {
	for _, method := range []string{http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodPut} {
		for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			t.Run(method+" "+http.StatusText(status), func(t *testing.T) {
				t.Parallel()
				var refused, again atomic.Int64
				host := serve(t, func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						switch {
						case r.Method == method && refused.CompareAndSwap(0, time.Now().UnixNano()):
							w.Header().Set("Retry-After", "1")
							w.WriteHeader(status)
							return
						case r.Method == method:
							again.CompareAndSwap(0, time.Now().UnixNano())
						}
						next.ServeHTTP(w, r)
					})
				})
				c := newClient(t, Options{})
				c.firstWait = time.Millisecond
				content := layered(t, 1000)
				content.Blobs = content.Blobs[:1]
				repo, err := c.Repository(host + "/app")
				if err != nil {
					t.Fatal(err)
				}
				if err := c.bringAll(t.Context(), c.session(repo), &progress{}, content.Blobs); err != nil {
					t.Fatal(err)
				}
				if waited := time.Duration(again.Load() - refused.Load()); waited < time.Second*9/10 {
					t.Errorf("asked again after %s", waited)
				}
			})
		}
	}
}

// A registry that asks for more than there is time is not asked again.
func TestPushDoesNotWaitForever(t *testing.T) {
	var posts atomic.Int64
	host := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost {
				next.ServeHTTP(w, r)
				return
			}
			posts.Add(1)
			w.Header().Set("Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
			http.Error(w, `{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}`, http.StatusTooManyRequests)
		})
	})
	c := newClient(t, Options{})
	repo, err := c.Repository(host + "/app")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Push(t.Context(), repo, image(t))
	var e *Error
	if !errors.As(err, &e) || e.Status != http.StatusTooManyRequests || posts.Load() > parallel {
		t.Errorf("%d requests, %v", posts.Load(), err)
	}
	if hints := step.Hints(err); len(hints) != 1 || !strings.Contains(hints[0], "--registry-timeout") {
		t.Errorf("hints %q", hints)
	}
}

// An upload that was cut is not lost because the registry cannot tell just now how
// far it came.
func TestUploadGoesOnAfterNotNow(t *testing.T) {
	const size = 400_000
	cut := &cutter{next: resuming(t), after: []int64{size / 2}}
	var asked atomic.Int64
	host := serve(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/uploads/") && asked.Add(1) == 1 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			cut.ServeHTTP(w, r)
		})
	})
	c := newClient(t, Options{})
	repo, err := c.Repository(host + "/cut/app")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.bringAll(t.Context(), c.session(repo), &progress{}, layered(t, size).Blobs[:1]); err != nil {
		t.Fatal(err)
	}
	if got := cut.bytes.Load(); asked.Load() != 2 || got > size*11/10 {
		t.Errorf("asked %d times, %d bytes came for a blob of %d", asked.Load(), got, size)
	}
}
