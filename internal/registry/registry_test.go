// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"

	"github.com/adze-ci/adze/internal/step"
)

// quiet keeps the stand-in's log out of the tests'.
func quiet() http.Handler { return registry.New(registry.Logger(slogDiscard())) }

// serve starts a registry behind a handler of the test's.
func serve(t *testing.T, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	h := quiet()
	if wrap != nil {
		h = wrap(h)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return strings.TrimPrefix(srv.URL, "http://")
}

func newClient(t *testing.T, o Options) *Client {
	t.Helper()
	if o.Timeout == 0 {
		o.Timeout = 20 * time.Second
	}
	c, err := o.Client(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func image(t *testing.T) v1.Image {
	t.Helper()
	img, err := random.Image(1024, 6)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func push(t *testing.T, c *Client, repo string) name.Digest {
	t.Helper()
	r, err := c.Repository(repo)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := c.Push(t.Context(), r, image(t))
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func TestPushTagResolve(t *testing.T) {
	host, c := serve(t, nil), newClient(t, Options{})
	digest := push(t, c, host+"/library/app")
	tag, err := c.Reference(host + "/library/app:abc")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Resolve(t.Context(), tag); !errors.Is(err, ErrAbsent) {
		t.Fatalf("a push made a tag, or absence has no type: %v", err)
	}
	for range 2 { // again does no harm
		if err := c.Tag(t.Context(), digest, "abc"); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := c.Resolve(t.Context(), tag); err != nil || got.DigestStr() != digest.DigestStr() {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestTagNeverMoves(t *testing.T) {
	host, c := serve(t, nil), newClient(t, Options{})
	first, second := push(t, c, host+"/app"), push(t, c, host+"/app")
	if err := c.Tag(t.Context(), first, "abc"); err != nil {
		t.Fatal(err)
	}
	var taken *TakenError
	if err := c.Tag(t.Context(), second, "abc"); !errors.As(err, &taken) || taken.Has.DigestStr() != first.DigestStr() {
		t.Errorf("got %v", err)
	}
	if has, err := c.Resolve(t.Context(), taken.Tag); err != nil || has.DigestStr() != first.DigestStr() {
		t.Errorf("the tag moved: %v, %v", has, err)
	}
}

// No image gets the tag of a verdict, by which it would be one.
func TestTagOfAVerdict(t *testing.T) {
	host, c := serve(t, nil), newClient(t, Options{})
	digest := push(t, c, host+"/app")
	for _, tag := range []string{strings.ReplaceAll(digest.DigestStr(), ":", "-") + ".scan", "sha256-0", "a.scan"} {
		if err := c.Tag(t.Context(), digest, tag); step.CodeOf(err) != step.CodeMisused {
			t.Errorf("%s: %v", tag, err)
		}
		if err := c.Move(t.Context(), digest, tag); step.CodeOf(err) != step.CodeMisused {
			t.Errorf("%s, moved: %v", tag, err)
		}
		if _, err := c.Resolve(t.Context(), digest.Context().Tag(tag)); !errors.Is(err, ErrAbsent) {
			t.Errorf("%s is there: %v", tag, err)
		}
	}
}

func TestMoveMoves(t *testing.T) {
	host, c := serve(t, nil), newClient(t, Options{})
	for range 2 {
		digest := push(t, c, host+"/app")
		if err := c.Move(t.Context(), digest, "latest"); err != nil {
			t.Fatal(err)
		}
		tag, err := c.Reference(host + "/app:latest")
		if err != nil {
			t.Fatal(err)
		}
		if has, err := c.Resolve(t.Context(), tag); err != nil || has.DigestStr() != digest.DigestStr() {
			t.Errorf("the tag is on %v, %v, want %v", has, err, digest)
		}
	}
}

// A registry that cuts connections, answers 503 and forgets uploads, each once
// per kind of request, gets the image all the same.
func TestPushOutlastsAFailingRegistry(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	host := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			seen[r.Method]++
			n := seen[r.Method]
			mu.Unlock()
			switch {
			case n == 1:
				panic(http.ErrAbortHandler)
			case n == 2:
				w.WriteHeader(http.StatusServiceUnavailable)
			case n == 3 && r.Method == http.MethodPatch:
				http.Error(w, `{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}`, http.StatusNotFound)
			default:
				next.ServeHTTP(w, r)
			}
		})
	})
	push(t, newClient(t, Options{}), host+"/app")
	if seen[http.MethodPatch] < 4 {
		t.Errorf("uploads were not disturbed: %v", seen)
	}
}

// Harbor answers 412 to HEAD of an image that its policy holds back.
func TestPushSurvivesPreventVulnerable(t *testing.T) {
	host := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/manifests/") && r.Method != http.MethodPut {
				http.Error(w, `{"errors":[{"code":"PROJECTPOLICYVIOLATION","message":"no"}]}`, http.StatusPreconditionFailed)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	push(t, newClient(t, Options{}), host+"/app")
}

func TestRefusalIsToldOnceWithHostOperationAndStatus(t *testing.T) {
	var calls atomic.Int64
	host := serve(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v2/" {
				return
			}
			calls.Add(1)
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED","message":"project nosuch not found"}]}`, http.StatusUnauthorized)
		})
	})
	c := newClient(t, Options{})
	ref, _ := c.Reference(host + "/nosuch/app:abc")
	_, err := c.Resolve(t.Context(), ref)
	var e *Error
	if !errors.As(err, &e) || e.Status != http.StatusUnauthorized || errors.Is(err, ErrAbsent) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{host, "asking for", "401", "project nosuch not found"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing from %v", want, err)
		}
	}
	if len(step.Hints(err)) != 1 || calls.Load() != 2 { // HEAD and GET
		t.Errorf("hints %v, %d calls", step.Hints(err), calls.Load())
	}
}

func TestUntrustedAuthority(t *testing.T) {
	srv := httptest.NewUnstartedServer(quiet())
	srv.Config.ErrorLog = slogDiscard()
	srv.StartTLS()
	t.Cleanup(srv.Close)
	// By another name than loopback, where plain HTTP would be tried next.
	host := "registry.test:" + srv.URL[strings.LastIndex(srv.URL, ":")+1:]
	c := newClient(t, Options{})
	if err := c.speak(dialTo(t, srv.Listener.Addr().String())); err != nil {
		t.Fatal(err)
	}
	ref, _ := c.Reference(host + "/app:abc")
	_, err := c.Resolve(t.Context(), ref)
	if hints := step.Hints(err); len(hints) != 1 || !strings.Contains(hints[0], "--ca-file") {
		t.Errorf("got %v with hints %v", err, hints)
	}
}

func TestCancelEndsAPush(t *testing.T) {
	started := make(chan struct{})
	var once sync.Once
	host := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPatch {
				_, _ = io.Copy(io.Discard, r.Body)
				once.Do(func() { close(started) })
				<-r.Context().Done()
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-started; cancel() }()
	c := newClient(t, Options{})
	repo, _ := c.Repository(host + "/app")
	if _, err := c.Push(ctx, repo, image(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A 404 that no registry wrote says nothing of what the registry has.
func TestNotFoundOfOthersIsNoAbsence(t *testing.T) {
	for name, wrap := range map[string]func(http.Handler) http.Handler{
		"no registry at all": func(http.Handler) http.Handler { return http.NotFoundHandler() },
		"a proxy without its registry": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v2/" {
					h.ServeHTTP(w, r)
					return
				}
				http.Error(w, "default backend - 404", http.StatusNotFound)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			host := serve(t, wrap)
			c := newClient(t, Options{Insecure: []string{host}, Timeout: time.Second})
			ref, err := c.Reference(host + "/library/app:v1")
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Resolve(t.Context(), ref)
			var e *Error
			if errors.Is(err, ErrAbsent) || !errors.As(err, &e) || e.Status != http.StatusNotFound || len(step.Hints(err)) == 0 {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A try that took longer than a registry may be away is followed by another all
// the same; tries that get nowhere end.
func TestPushTimeCountsFromTheTryThatGotFurthest(t *testing.T) {
	c := newClient(t, Options{Timeout: time.Nanosecond})
	digest, err := c.Digest("host.test/app@sha256:" + strings.Repeat("a", 64))
	if err != nil {
		t.Fatal(err)
	}
	cut := &url.Error{Op: "Patch", URL: "https://host.test/", Err: io.ErrUnexpectedEOF}
	for name, tc := range map[string]struct {
		bytes []int64 // that each try got to; the last is the one that succeeds
		tries int
	}{
		"it gets on":      {[]int64{0, 1, 2, 3}, 4},
		"it gets nowhere": {[]int64{1, 1, 1, 3}, 2},
	} {
		tries := 0
		err := c.session(digest.Context()).persist(t.Context(), digest, func() (int64, error) {
			tries++
			if tries == len(tc.bytes) {
				return tc.bytes[tries-1], nil
			}
			return tc.bytes[tries-1], cut
		})
		if tries != tc.tries || (err == nil) != (tries == len(tc.bytes)) {
			t.Errorf("%s: %d tries, want %d; %v", name, tries, tc.tries, err)
		}
	}
}
