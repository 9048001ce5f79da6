// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package harbor_test

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/adze-ci/adze/e2e/harbor"
	"github.com/adze-ci/adze/e2e/harbor/harbortest"
	"github.com/adze-ci/adze/e2e/tools"
)

// startRegistry runs distribution's registry and returns its address.
func startRegistry(t *testing.T) *url.URL {
	t.Helper()
	program, err := tools.Program(t.Context(), "registry", "registry")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "--anonymous", "--addr=127.0.0.1:0", "--root="+t.TempDir())
	lines, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { t.Logf("the registry ended: %v", cmd.Wait()) }) // with the test's context
	serving := regexp.MustCompile(`serving.*addr=(\S+)`)
	for scanner := bufio.NewScanner(lines); scanner.Scan(); {
		if m := serving.FindStringSubmatch(scanner.Text()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, lines) }() // it would stop where nobody reads what it says
			return &url.URL{Scheme: "http", Host: m[1]}
		}
	}
	t.Fatal("the registry ended before it served")
	return nil
}

// trivy is the real scanner over the tests' small database.
func trivy(t *testing.T) *harbor.Trivy {
	t.Helper()
	program, err := tools.Program(t.Context(), "trivy", "trivy")
	if err != nil {
		t.Fatal(err)
	}
	maker, err := tools.Program(t.Context(), "trivy-db", "trivy-db")
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), maker, "--out", filepath.Join(cache, "db"), "--updated-at", "2026-11-21T00:00:00Z").CombinedOutput(); err != nil {
		t.Fatalf("making the database: %v\n%s", err, out)
	}
	return &harbor.Trivy{Program: program, Cache: cache}
}

// withPackage is an image that holds one package of npm's.
func withPackage(t *testing.T, name, version string) v1.Image {
	t.Helper()
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	text := `{"name":"` + name + `","version":"` + version + `"}`
	if err := w.WriteHeader(&tar.Header{Name: "app/node_modules/" + name + "/package.json", Mode: 0o644, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(empty.Image, l)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// startReal starts the stand-in before a real registry, with the real scanner.
func startReal(t *testing.T) *harbortest.Harbor {
	t.Helper()
	server, err := harbor.New(harbor.Options{Registry: harbor.Proxy(startRegistry(t)), Scanner: trivy(t)})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return &harbortest.Harbor{Server: server, URL: listener.URL, Host: strings.TrimPrefix(listener.URL, "http://"), User: "admin", Password: harbor.Password}
}

// A push goes to a real registry, the real scanner pulls it from there through
// the stand-in, past the rule that lets nobody pull, and what it finds comes out
// as Harbor's report.
func TestRealRegistryAndTrivy(t *testing.T) {
	h := startReal(t)
	project := h.Project(t, map[string]string{"prevent_vul": "true", "severity": "critical", "auto_scan": "true"})
	for version, want := range map[string]struct {
		found string
		pull  int
	}{"1.2.5": {"CVE-2021-44906 Critical 1.2.6, 0.2.4 fixed", http.StatusPreconditionFailed}, "1.2.8": {"", http.StatusOK}} {
		img := withPackage(t, "minimist", version)
		if err := push(t, h, h.User, h.Password, project+"/app:"+version, img); err != nil {
			t.Fatal(err)
		}
		h.Server.Wait()
		_, body := ask(t, h, http.MethodGet, "/api/v2.0/projects/"+project+"/repositories/app/artifacts/"+version+"/additions/vulnerabilities", "")
		report := map[string]struct{ Vulnerabilities []harbor.Vulnerability }{}
		if err := json.Unmarshal([]byte(body), &report); err != nil || len(report) != 1 {
			t.Fatalf("%s: %v", body, err)
		}
		found := ""
		for _, v := range report[harbor.Report11].Vulnerabilities {
			found += strings.Join([]string{v.ID, v.Severity, v.Fix, v.Status}, " ")
		}
		if found != want.found {
			t.Errorf("minimist %s: %s, want %q", version, body, want.found)
		}
		if status, body := ask(t, h, http.MethodGet, "/v2/"+project+"/app/manifests/"+version, ""); status != want.pull {
			t.Errorf("minimist %s: pulling it gives %d, want %d: %s", version, status, want.pull, body)
		}
	}
}
