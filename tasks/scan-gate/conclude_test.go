// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/adze-ci/adze/internal/step"
)

// What passed and could not be tagged is not told as a pass: whoever reads the
// result would deploy what has no tag.
func TestPassWithoutTagIsNoPass(t *testing.T) {
	images := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/abc") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		images.ServeHTTP(w, r)
	}))
	defer srv.Close()
	repo := strings.TrimPrefix(srv.URL, "http://") + "/library/app"
	digest, err := pushRandom(repo)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"report": strings.ReplaceAll(reportText, "DIGEST", digest), "policy.yaml": laxPolicy} {
		if err := os.WriteFile(path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var stderr bytes.Buffer
	words := []string{"--image=" + repo + "@" + digest, "--tag=abc", "--scanner=report", "--report=" + path("report"), "--policy=" + dir, "--result-verdict=" + path("verdict"), "--result-test-output=" + path("test"), "--result-scan-output=" + path("scan")}
	if got := step.Execute(t.Context(), Command(), words, &step.Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: &stderr}); got != step.CodeFailed {
		t.Fatalf("exit code %d:\n%s", got, stderr.String())
	}
	verdict, err := os.ReadFile(path("verdict"))
	if err != nil || string(verdict) != "unknown" {
		t.Errorf("verdict %q, %v", verdict, err)
	}
	test, err := os.ReadFile(path("test"))
	if err != nil || !strings.Contains(string(test), `"result":"ERROR"`) || !strings.Contains(string(test), "it passed, and has no tag") {
		t.Errorf("TEST_OUTPUT %s, %v", test, err)
	}
	if _, err := os.Stat(path("scan")); err == nil {
		t.Error("SCAN_OUTPUT is there")
	}
}
