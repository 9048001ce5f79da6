// SPDX-License-Identifier: Apache-2.0

package harbor_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/harbor"
	"github.com/adze-ci/adze/e2e/harbor/harbortest"
)

// pushed is an image in a project, with the API's address of it.
type pushed struct {
	h              *harbortest.Harbor
	project        string
	digest, origin string
}

func pushTo(t *testing.T, h *harbortest.Harbor, metadata map[string]string) *pushed {
	t.Helper()
	p := &pushed{h: h, project: h.Project(t, metadata)}
	img := image(t)
	if err := push(t, h, h.User, h.Password, p.project+"/app:v1", img); err != nil {
		t.Fatal(err)
	}
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	p.digest = digest.String()
	p.origin = "/api/v2.0/projects/" + p.project + "/repositories/app/artifacts/" + p.digest
	return p
}

// status is what the overview says; "" without one.
func (p *pushed) status(t *testing.T) string {
	t.Helper()
	code, body := ask(t, p.h, http.MethodGet, p.origin+"?with_scan_overview=true", "")
	var out struct {
		Overview map[string]struct {
			Status string `json:"scan_status"`
		} `json:"scan_overview"`
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil || code != http.StatusOK {
		t.Fatalf("%d %s: %v", code, body, err)
	}
	return out.Overview[harbor.Report11].Status
}

func (p *pushed) report(t *testing.T) string {
	t.Helper()
	_, body := ask(t, p.h, http.MethodGet, p.origin+"/additions/vulnerabilities", "")
	return body
}

func (p *pushed) scan(t *testing.T, want int) {
	t.Helper()
	if status, body := ask(t, p.h, http.MethodPost, p.origin+"/scan", ""); status != want {
		t.Fatalf("scan: %d %s, want %d", status, body, want)
	}
}

func (p *pushed) wantStatus(t *testing.T, want harbor.Status) {
	t.Helper()
	if got := p.status(t); got != string(want) {
		t.Errorf("status %q, want %q", got, want)
	}
}

func grave() harbor.Vulnerability {
	return harbor.Vulnerability{ID: "CVE-2021-44906", Package: "minimist", Version: "1.2.5", Fix: "1.2.6", Severity: "Critical", Status: "fixed"}
}

// Each status can be seen, a report only at the end, and a second scan takes the
// first one's report away at once.
func TestScan(t *testing.T) {
	h := harbortest.Start(t)
	p := pushTo(t, h, nil)
	h.Script.Find(p.digest, grave())
	p.wantStatus(t, "")
	for range 2 {
		h.Server.HoldScans(harbor.Pending)
		p.scan(t, http.StatusAccepted)
		p.wantStatus(t, harbor.Pending)
		p.scan(t, http.StatusConflict)
		if body := p.report(t); body != "{}\n" {
			t.Errorf("a report before the scan: %s", body)
		}
		h.Server.HoldScans("")
		h.Server.Wait()
		p.wantStatus(t, harbor.Success)
		if body := p.report(t); !strings.Contains(body, `"id":"CVE-2021-44906"`) || !strings.Contains(body, `"artifact_digests":["`+p.digest+`"]`) {
			t.Errorf("the report: %s", body)
		}
	}
	if len(h.Script.Asked()) != 2 {
		t.Errorf("scanned %v", h.Script.Asked())
	}
}

func TestScansThatEndBadly(t *testing.T) {
	h := harbortest.Start(t)
	p := pushTo(t, h, nil)
	h.Script.Fail(p.digest, errors.New("made to fail"))
	p.scan(t, http.StatusAccepted)
	h.Server.Wait()
	p.wantStatus(t, harbor.Error)
	h.Script.Fail(p.digest, nil)
	for kind, want := range map[string]harbor.Status{"scan-error": harbor.Error, "scan-stopped": harbor.Stopped} {
		if err := h.Server.AddFault(harbor.Fault{Path: "/scan$", Kind: kind}); err != nil {
			t.Fatal(err)
		}
		p.scan(t, http.StatusAccepted)
		h.Server.Wait()
		p.wantStatus(t, want)
	}
	if err := h.Server.AddFault(harbor.Fault{Path: "/scan$", Kind: "scan-never-ends"}); err != nil {
		t.Fatal(err)
	}
	p.scan(t, http.StatusAccepted)
	if status, body := ask(t, h, http.MethodPost, p.origin+"/scan/stop", `{"scan_type":"vulnerability"}`); status != http.StatusAccepted {
		t.Fatal(status, body)
	}
	h.Server.Wait()
	p.wantStatus(t, harbor.Stopped)
}

// In a project that keeps vulnerable images back nothing is pulled before it was
// scanned, but tags are put.
func TestPreventVulnerable(t *testing.T) {
	h := harbortest.Start(t)
	p := pushTo(t, h, map[string]string{"prevent_vul": "true", "severity": "high"})
	h.Script.Find(p.digest, grave())
	pull := func(want int, words string) {
		t.Helper()
		if status, body := ask(t, h, http.MethodGet, "/v2/"+p.project+"/app/manifests/v1", ""); status != want || !strings.Contains(body, words) {
			t.Errorf("%d %s, want %d %q", status, body, want, words)
		}
	}
	pull(http.StatusPreconditionFailed, "without vulnerability scanning")
	p.scan(t, http.StatusAccepted)
	h.Server.Wait()
	pull(http.StatusPreconditionFailed, "with 1 vulnerability cannot be pulled")
	if status, body := ask(t, h, http.MethodPost, p.origin+"/tags", `{"name":"v2"}`); status != http.StatusCreated {
		t.Error(status, body)
	}
	if status, body := ask(t, h, http.MethodPut, "/api/v2.0/projects/"+p.project, `{"cve_allowlist":{"items":[{"cve_id":"CVE-2021-44906"}]}}`); status != http.StatusOK {
		t.Error(status, body)
	}
	pull(http.StatusOK, "layers")
	if body := p.report(t); !strings.Contains(body, "CVE-2021-44906") {
		t.Errorf("the allowlist changed the report: %s", body)
	}
}

func TestAutoScanIsJoined(t *testing.T) {
	h := harbortest.Start(t)
	h.Server.HoldScans(harbor.Running)
	p := pushTo(t, h, map[string]string{"auto_scan": "true"})
	p.scan(t, http.StatusConflict)
	h.Server.HoldScans("")
	h.Server.Wait()
	p.wantStatus(t, harbor.Success)
}
