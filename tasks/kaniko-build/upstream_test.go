// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/internal/step"
)

// Layers of earlier builds are read by their key. A key that nobody left is asked for
// like any; a cache that refuses is asked once, and the build goes on without it.
func TestUpstream(t *testing.T) {
	next, asked, refuse := registry.New(registry.Logger(log.New(io.Discard, "", 0))), 0, false
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/manifests/") {
			asked++
			if refuse {
				w.WriteHeader(http.StatusForbidden)
				return
			}
		}
		next.ServeHTTP(w, r)
	}))
	defer srv.Close()
	repository := strings.TrimPrefix(srv.URL, "http://") + "/shop/cache"
	img, err := random.Image(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag(repository + ":known")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(tag, img); err != nil {
		t.Fatal(err)
	}
	u, err := (&options{}).newUpstream(repository, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, ok := u.Entry(t.Context(), "unknown"); ok {
		t.Error("a key that nobody left is found")
	}
	desc, raw, ok := u.Entry(t.Context(), "known")
	if want, err := img.RawManifest(); err != nil || !ok || string(raw) != string(want) || desc.Size != int64(len(want)) {
		t.Errorf("read %s, %v; want %s, %v", raw, ok, want, err)
	}
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	h, err := layers[0].Digest()
	if err != nil {
		t.Fatal(err)
	}
	size, err := layers[0].Size()
	if err != nil {
		t.Fatal(err)
	}
	blob, err := u.Blob(t.Context(), h, size)
	if err != nil {
		t.Fatal(err)
	}
	defer blob.Close() //nolint:errcheck // it is only read
	if got, err := io.Copy(io.Discard, blob); err != nil || got != size {
		t.Errorf("the layer has %d bytes, %v; want %d", got, err, size)
	}
	refuse, asked = true, 0
	for range 2 {
		if _, _, ok := u.Entry(t.Context(), "known"); ok {
			t.Error("what is refused is found")
		}
	}
	if asked != 1 {
		t.Errorf("a cache that refuses is asked %d times", asked)
	}
	if _, err := (&options{}).newUpstream("not a name", slog.New(slog.DiscardHandler)); step.CodeOf(err) != step.CodeMisused {
		t.Errorf("a name that is none: %v", err)
	}
}
