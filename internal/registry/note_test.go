// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// A note is about one image, is replaced by the next, and moves no tag of the image.
func TestNote(t *testing.T) {
	var written int
	host := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/") {
				written++
			}
			next.ServeHTTP(w, r)
		})
	})
	c := newClient(t, Options{})
	noted, other := push(t, c, host+"/library/app"), push(t, c, host+"/library/app")
	if got, err := c.Noted(t.Context(), noted); err != nil || got != "" {
		t.Fatalf("before there is one: %q, %v", got, err)
	}
	for _, text := range []string{"1 high", "no known vulnerability"} {
		if err := c.Note(t.Context(), noted, text); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Noted(t.Context(), noted); err != nil || got != text {
			t.Errorf("got %q, %v; want %q", got, err, text)
		}
	}
	before := written
	if err := c.Note(t.Context(), noted, "no known vulnerability"); err != nil || written != before {
		t.Errorf("the same note again: %d manifests written, %v", written-before, err)
	}
	if got, err := c.Noted(t.Context(), other); err != nil || got != "" {
		t.Errorf("of another image: %q, %v", got, err)
	}
	if err := c.Has(t.Context(), noted); err != nil {
		t.Errorf("the image: %v", err)
	}
}

// What is built may claim to be a note on an image that is yet to come; without
// the right to put tags it is none.
func TestForgedNote(t *testing.T) {
	host, c := serve(t, nil), newClient(t, Options{})
	digest := push(t, c, host+"/library/app")
	about, err := c.Get(t.Context(), digest)
	if err != nil {
		t.Fatal(err)
	}
	forged := mutate.Subject(image(t), v1.Descriptor{MediaType: about.MediaType, Size: about.Size, Digest: about.Digest}).(v1.Image) //nolint:forcetypeassert // what it got
	forged = mutate.Annotations(forged, map[string]string{noteKey: "all is well"}).(v1.Image)                                        //nolint:forcetypeassert // what it got
	if _, err := c.Push(t.Context(), digest.Context(), forged); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Noted(t.Context(), digest); err != nil || got != "" {
		t.Errorf("believed %q, %v", got, err)
	}
	if list, err := remote.List(digest.Context()); err != nil || strings.Contains(strings.Join(list, " "), noteSuffix) {
		t.Errorf("the push put tags %v, %v", list, err)
	}
}

// A registry that cannot be asked is no word that there is no note.
func TestNoteOfASilentRegistry(t *testing.T) {
	host := serve(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	})
	digest, err := name.NewDigest(host + "/library/app@sha256:" + strings.Repeat("a", 64))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := newClient(t, Options{}).Noted(t.Context(), digest); err == nil {
		t.Errorf("got %q", got)
	}
}
