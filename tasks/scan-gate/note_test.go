// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"bytes"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"

	own "github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/verdict"
)

// gated runs the gate on the image with the made-up findings, by a policy that
// lets them pass or by the usual one, and gives what is kept beside the image.
func gated(t *testing.T, host, policy string, want step.Code) (noted, log string) {
	t.Helper()
	digest, err := pushRandom(host + "/library/app")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for file, text := range map[string]string{"report": strings.ReplaceAll(reportText, "DIGEST", digest), "policy.yaml": policy} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	image := host + "/library/app@" + digest
	var stderr bytes.Buffer
	words := []string{"--image=" + image, "--tag=abc", "--scanner=report", "--report=" + filepath.Join(dir, "report"), "--policy=" + filepath.Join(dir, "policy.yaml")}
	if got := step.Execute(t.Context(), Command(), words, &step.Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: &stderr}); got != want {
		t.Fatalf("exit code %d, want %d:\n%s", got, want, stderr.String())
	}
	client, err := (&own.Options{Timeout: 5 * time.Second}).Client(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ref, err := client.Digest(image)
	if err != nil {
		t.Fatal(err)
	}
	if noted, err = verdict.Summary(t.Context(), client, ref); err != nil {
		t.Fatal(err)
	}
	return noted, stderr.String()
}

const (
	strictPolicy = "apiVersion: adze.dev/v1alpha1\nkind: ScanPolicy\n"
	laxPolicy    = strictPolicy + "ignore: [{id: CVE-1000-1, reason: unused, expires: 2999-12-31}]\n"
)

// What is judged has its summary beside it in the registry.
func TestSummaryIsKeptBesideTheImage(t *testing.T) {
	for policy, want := range map[string]struct {
		noted string
		code  step.Code
	}{
		strictPolicy: {"1 critical, 1 high, 1 low, 1 unrated; 3 with a fix", step.CodeNo},
		laxPolicy:    {"1 critical, 1 high, 1 low, 1 unrated; 3 with a fix; 1 excepted by the policy", step.CodeDone},
	} {
		srv := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
		if noted, _ := gated(t, strings.TrimPrefix(srv.URL, "http://"), policy, want.code); noted != want.noted {
			t.Errorf("kept %q, want %q", noted, want.noted)
		}
		srv.Close()
	}
}

// A registry that takes no summary gets the tag all the same.
func TestSummaryThatIsNotTaken(t *testing.T) {
	images := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, ".scan") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		images.ServeHTTP(w, r)
	}))
	defer srv.Close()
	noted, log := gated(t, strings.TrimPrefix(srv.URL, "http://"), laxPolicy, step.CodeDone)
	if noted != "" || !strings.Contains(log, "warning: the verdict is not kept beside the image") || !strings.Contains(log, "passed, and has the tag") {
		t.Errorf("kept %q:\n%s", noted, log)
	}
}
