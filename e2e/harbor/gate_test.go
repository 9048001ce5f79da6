// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package harbor_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/adze-ci/adze/e2e/harbor"
	"github.com/adze-ci/adze/e2e/harbor/harbortest"
	"github.com/adze-ci/adze/e2e/tools"
)

// gate runs scan-gate as a robot account, as its Task does.
type gate struct {
	h       *harbortest.Harbor
	program string
	config  string
	project string
}

// startGate builds scan-gate, and makes a project that lets nobody pull what was
// not scanned, with a robot account that has what scan-gate's README lists.
func startGate(t *testing.T, h *harbortest.Harbor) *gate {
	t.Helper()
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	g := &gate{h: h, program: filepath.Join(dir, "scan-gate"), config: filepath.Join(dir, "config.json")}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", g.program, "./cmd/scan-gate")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building scan-gate: %v\n%s", err, out)
	}
	g.project = h.Project(t, map[string]string{"prevent_vul": "true", "severity": "critical"})
	user, secret := h.Robot(t, g.project, "repository:pull", "artifact:read", "artifact-addition:read", "scan:create", "tag:create")
	text, err := json.Marshal(map[string]any{"auths": map[string]any{h.Host: map[string]string{"username": user, "password": secret}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(g.config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return g
}

// push pushes an image by its digest, which it returns. Once it is there this
// does not work again, as it may not be pulled.
func (g *gate) push(t *testing.T, img v1.Image) string {
	t.Helper()
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if err := push(t, g.h, g.h.User, g.h.Password, g.project+"/app@"+digest.String(), img); err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

// judge has an image judged, and returns the exit code and what was said.
func (g *gate) judge(t *testing.T, digest, tag string, args ...string) (int, string) {
	t.Helper()
	args = append([]string{"--scanner=harbor", "--image=" + g.h.Host + "/" + g.project + "/app@" + digest, "--tag=" + tag, "--docker-config=" + g.config}, args...)
	if g.h.CAFile != "" {
		args = append(args, "--ca-file="+g.h.CAFile)
	}
	if strings.HasPrefix(g.h.URL, "http:") {
		args = append(args, "--insecure="+g.h.Host)
	}
	out, err := exec.CommandContext(t.Context(), g.program, args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	code := 0
	if exit != nil {
		code = exit.ExitCode()
	}
	return code, string(out)
}

// tagged reports whether a tag is there.
func (g *gate) tagged(t *testing.T, tag string) bool {
	t.Helper()
	status, _ := ask(t, g.h, http.MethodGet, "/api/v2.0/projects/"+g.project+"/repositories/app/artifacts/"+tag, "")
	return status == http.StatusOK
}

// harborOfTest is the Harbor that the environment names, or the stand-in over a
// real registry and the real Trivy.
func harborOfTest(t *testing.T) *harbortest.Harbor {
	t.Helper()
	if os.Getenv("ADZE_HARBOR_URL") != "" {
		return harbortest.Target(t)
	}
	return startReal(t)
}

// Harbor scans, scan-gate judges: what passes is tagged, twice without harm, and
// what is refused is not.
func TestScanGateOnHarbor(t *testing.T) {
	g := startGate(t, harborOfTest(t))
	bad, good := g.push(t, withPackage(t, "minimist", "1.2.5")), g.push(t, withPackage(t, "lodash", "4.17.21"))
	for _, want := range []struct {
		digest, tag string
		code        int
	}{{bad, "bad", 3}, {good, "good", 0}, {good, "good", 0}} {
		code, out := g.judge(t, want.digest, want.tag)
		if code != want.code || g.tagged(t, want.tag) != (code == 0) {
			t.Errorf("%s: exit code %d, want %d, tagged: %t\n%s", want.tag, code, want.code, g.tagged(t, want.tag), out)
		}
	}
}

// Whatever Harbor does that is no proof of a clean image, no tag is put.
func TestScanGateKnowsNothing(t *testing.T) {
	h := startReal(t)
	g := startGate(t, h)
	good, bad := g.push(t, withPackage(t, "lodash", "4.17.21")), g.push(t, withPackage(t, "minimist", "1.2.5"))
	// As long as nothing was scanned a scan has to be begun; afterwards what was
	// found is read again.
	for _, f := range []harbor.Fault{
		{Path: "/scan$", Kind: "read-only"}, {Path: "/scan$", Kind: "scan-never-ends"}, {Path: "/scan$", Kind: "scan-error"}, {Path: "/scan$", Kind: "scan-stopped"},
		{Path: "/scan$", Kind: "deactivated"}, {Path: "/scan$", Kind: "jobservice-down"}, {Path: "/additions/", Kind: "report-empty"},
		{Path: "/artifacts/", Kind: "clean-while-absent"}, {Path: "/artifacts/", Kind: "adapter-gone"}, {Path: "/artifacts/", Kind: "overview-absent"},
		{Path: "/additions/", Status: http.StatusBadGateway},
	} {
		f.Count = -1
		if err := h.Server.AddFault(f); err != nil {
			t.Fatal(err)
		}
		code, out := g.judge(t, good, "unknown", "--timeout=4s", "--registry-timeout=4s")
		if code != 4 || g.tagged(t, "unknown") {
			t.Errorf("%s %d: exit code %d, want 4, tagged: %t\n%s", f.Kind, f.Status, code, g.tagged(t, "unknown"), out)
		}
		h.Server.ClearFaults()
		g.stop(t, good)
	}
	for _, kind := range []string{"report-short", "report-foreign"} {
		if err := h.Server.AddFault(harbor.Fault{Path: "/additions/", Kind: kind, Count: -1}); err != nil {
			t.Fatal(err)
		}
		if code, out := g.judge(t, bad, "unknown", "--timeout=4s", "--registry-timeout=4s"); code != 4 || g.tagged(t, "unknown") {
			t.Errorf("%s: exit code %d, want 4\n%s", kind, code, out)
		}
		h.Server.ClearFaults()
	}
}

// stop ends the scan that a fault keeps from ending.
func (g *gate) stop(t *testing.T, digest string) {
	t.Helper()
	status, body := ask(t, g.h, http.MethodPost, "/api/v2.0/projects/"+g.project+"/repositories/app/artifacts/"+digest+"/scan/stop", "")
	if status != http.StatusAccepted {
		t.Fatal(status, body)
	}
	g.h.Server.Wait()
}
