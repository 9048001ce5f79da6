// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Several layers are sent at a time: none comes to its end before a second began.
func TestBlobsAreSentAtOnce(t *testing.T) {
	var begun atomic.Int64
	two := make(chan struct{})
	host := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPatch {
				if begun.Add(1) == 2 {
					close(two)
				}
				select {
				case <-two:
				case <-time.After(20 * time.Second):
					t.Error("one layer was sent alone")
				}
			}
			next.ServeHTTP(w, r)
		})
	})
	push(t, newClient(t, Options{}), host+"/app")
}

// A registry that took the manifest and does not have it has not got the image.
func TestRegistryIsAskedForTheDigest(t *testing.T) {
	host := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/") {
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(http.StatusCreated)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	c := newClient(t, Options{})
	repo, err := c.Repository(host + "/app")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Push(t.Context(), repo, image(t)); !errors.Is(err, ErrAbsent) {
		t.Errorf("got %v", err)
	}
}

// Of two runs that put one tag at once the registry says who has it.
func TestTagThatAnotherRunPut(t *testing.T) {
	var swap func()
	var next http.Handler
	host := serve(t, func(h http.Handler) http.Handler {
		next = h
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r)
			if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/v1") {
				swap()
			}
		})
	})
	c := newClient(t, Options{})
	mine, theirs := push(t, c, host+"/app"), push(t, c, host+"/app")
	manifest, err := c.Get(t.Context(), theirs)
	if err != nil {
		t.Fatal(err)
	}
	swap = func() {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/v2/app/manifests/v1", bytes.NewReader(manifest.Manifest))
		req.Header.Set("Content-Type", string(manifest.MediaType))
		next.ServeHTTP(httptest.NewRecorder(), req)
	}
	var taken *TakenError
	if err := c.Tag(t.Context(), mine, "v1"); !errors.As(err, &taken) || taken.Has.DigestStr() != theirs.DigestStr() {
		t.Errorf("got %v", err)
	}
}
