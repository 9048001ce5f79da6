// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/random"
)

// What was kept goes into a registry that was emptied, and only what it lacks.
func TestKeptImagesSurviveTheRegistry(t *testing.T) {
	var puts atomic.Int32
	handler := counted(&puts)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	defer srv.Close()
	host := strings.TrimPrefix(srv.URL, "http://")
	var refs []string
	for _, repository := range []string{"/a", "/b"} {
		img, err := random.Image(64, 2)
		if err != nil {
			t.Fatal(err)
		}
		ref, err := push(t.Context(), img, host+repository)
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, ref)
	}
	dir := filepath.Join(t.TempDir(), "kept")
	if err := keep(t.Context(), dir, []byte("the YAML"), refs); err != nil {
		t.Fatal(err)
	}
	handler = counted(&puts)
	puts.Store(0)
	for range 2 {
		if err := pushKept(t.Context(), dir, refs); err != nil {
			t.Fatal(err)
		}
	}
	if missing(t.Context(), refs) || puts.Load() != 2 {
		t.Errorf("%d manifests put, want each image once", puts.Load())
	}
	if text, err := os.ReadFile(filepath.Join(dir, releaseFile)); err != nil || string(text) != "the YAML" {
		t.Errorf("the YAML kept is %q, %v", text, err)
	}
}

func TestPrune(t *testing.T) {
	cache := t.TempDir()
	newest := ""
	for i, key := range []string{"a", "b", "c"} {
		newest = filepath.Join(cache, "tekton-"+strings.Repeat(key, 16))
		if err := replaceFile(filepath.Join(newest, releaseFile), nil); err != nil {
			t.Fatal(err)
		}
		when := time.Unix(int64(i), 0)
		if err := os.Chtimes(newest, when, when); err != nil {
			t.Fatal(err)
		}
	}
	other := filepath.Join(cache, "tekton-more-"+strings.Repeat("a", 16))
	if err := replaceFile(filepath.Join(other, releaseFile), nil); err != nil {
		t.Fatal(err)
	}
	if err := prune(cache, "tekton", newest); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(cache, "*"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Join(cache, "tekton-"+strings.Repeat("b", 16)), newest, other}
	if !slices.Equal(left, want) {
		t.Errorf("left: %v, want %v", left, want)
	}
}

func TestModuleSources(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"main.go", "main_test.go", "go.mod", "go.sum", "README.md"} {
		if err := replaceFile(filepath.Join(dir, name), []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	sources, err := moduleSources(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range sources {
		got = append(got, string(s))
	}
	if want := []string{"main.go", "go.mod", "go.sum"}; !slices.Equal(got, want) {
		t.Errorf("sources %v, want %v", got, want)
	}
}
