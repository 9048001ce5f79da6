// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"

	"github.com/adze-ci/adze/internal/step"
)

// A push that fails, however far it came, puts no tag and names no digest.
func TestFailedPushPutsNoTag(t *testing.T) {
	for what, fails := range map[string]func(*http.Request) (status int){
		"a layer is refused": func(r *http.Request) int {
			if r.Method == http.MethodPost {
				return http.StatusForbidden
			}
			return 0
		},
		"the manifest is refused": func(r *http.Request) int {
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/") {
				return http.StatusBadRequest
			}
			return 0
		},
		"the manifest is taken, and lost": func(r *http.Request) int {
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/") {
				return http.StatusCreated
			}
			return 0
		},
	} {
		t.Run(what, func(t *testing.T) {
			next := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
			var tags atomic.Int64
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/v1") {
					tags.Add(1)
				}
				if status := fails(r); status != 0 {
					w.WriteHeader(status)
					return
				}
				next.ServeHTTP(w, r)
			}))
			t.Cleanup(srv.Close)
			img, err := random.Image(512, 2)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := writeLayout(filepath.Join(dir, "oci"), img); err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			code := run(t.Context(), &out, &errs, "--from="+filepath.Join(dir, "oci"), "--image="+strings.TrimPrefix(srv.URL, "http://")+"/library/app", "--tag=v1",
				"--result-image-ref="+filepath.Join(dir, "ref"), "--result-image-digest="+filepath.Join(dir, "digest"), "--result-outcome="+filepath.Join(dir, "outcome"))
			if code != step.CodeFailed || out.Len() > 0 || tags.Load() > 0 {
				t.Errorf("exit code %d, %d tags, %q: %s", code, tags.Load(), out.String(), errs.String())
			}
			for file, want := range map[string]string{"ref": "", "digest": "", "outcome": outcomeFailed} {
				if got, err := os.ReadFile(filepath.Join(dir, file)); string(got) != want {
					t.Errorf("the result %s is %q, %v", file, got, err)
				}
			}
		})
	}
}
