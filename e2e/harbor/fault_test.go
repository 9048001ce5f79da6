// SPDX-License-Identifier: Apache-2.0

package harbor_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/harbor"
	"github.com/adze-ci/adze/e2e/harbor/harbortest"
)

// Each fault spoils what it says, and nothing before or after.
func TestFaultsOfReports(t *testing.T) {
	h := harbortest.Start(t)
	p := pushTo(t, h, nil)
	h.Script.Find(p.digest, grave())
	p.scan(t, http.StatusAccepted)
	h.Server.Wait()
	whole, overview := p.report(t), p.overview(t)
	for kind, want := range map[string]struct{ report, overview string }{
		"report-empty":       {"{}\n", overview},
		"report-short":       {`"vulnerabilities":[]`, overview},
		"report-foreign":     {"sha256:" + strings.Repeat("f", 64), overview},
		"overview-absent":    {whole, ""},
		"clean-while-absent": {`"vulnerabilities":[]`, ""},
		"adapter-gone":       {whole, ""},
	} {
		if err := h.Server.AddFault(harbor.Fault{Path: "/artifacts/", Kind: kind, Count: 2}); err != nil {
			t.Fatal(err)
		}
		if got := p.report(t); !strings.Contains(got, want.report) || (got == whole) != (want.report == whole) {
			t.Errorf("%s: report %s", kind, got)
		}
		if got := p.overview(t); got != want.overview {
			t.Errorf("%s: overview %q, want %q", kind, got, want.overview)
		}
		if p.report(t) != whole || p.overview(t) != overview {
			t.Errorf("%s struck a third time", kind)
		}
	}
}

// overview is the overview's text; "" without one.
func (p *pushed) overview(t *testing.T) string {
	t.Helper()
	_, body := ask(t, p.h, http.MethodGet, p.origin+"?with_scan_overview=true", "")
	var out struct {
		Overview json.RawMessage `json:"scan_overview"`
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		t.Fatal(err)
	}
	return string(out.Overview)
}

func TestFaultsOfScans(t *testing.T) {
	h := harbortest.Start(t)
	p := pushTo(t, h, nil)
	for kind, want := range map[string]int{"deactivated": http.StatusPreconditionFailed, "jobservice-down": http.StatusInternalServerError,
		"adapter-gone": http.StatusBadRequest, "read-only": http.StatusForbidden, "scan-slow": http.StatusAccepted} {
		if err := h.Server.AddFault(harbor.Fault{Method: http.MethodPost, Path: "/scan$", Kind: kind}); err != nil {
			t.Fatal(err)
		}
		p.scan(t, want)
		h.Server.Wait()
	}
}

// A part of a blob of which the first bytes arrive leaves an upload that cannot
// be gone on with at the address from before: so says distribution 2.8.
func TestCutUpload(t *testing.T) {
	h := harbortest.Start(t)
	project := h.Project(t, nil)
	if err := h.Server.AddFault(harbor.Fault{Method: http.MethodPatch, Kind: "cut-upload", Bytes: 3}); err != nil {
		t.Fatal(err)
	}
	send := func(method, address, body string) (status int, location string, err error) {
		req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth(h.User, h.Password)
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			return 0, "", err
		}
		return resp.StatusCode, resp.Header.Get("Location"), resp.Body.Close()
	}
	_, at, err := send(http.MethodPost, h.URL+"/v2/"+project+"/app/blobs/uploads/", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := send(http.MethodPatch, at, "0123456789"); err == nil {
		t.Error("the connection was not cut")
	}
	for _, want := range []int{http.StatusBadRequest, http.StatusNotFound} {
		if status, _, err := send(http.MethodGet, at, ""); err != nil || status != want {
			t.Errorf("asked how much there is: %d %v, want %d", status, err, want)
		}
	}
}

// What a client in another process can do.
func TestControl(t *testing.T) {
	h := harbortest.Start(t)
	p := pushTo(t, h, nil)
	control := func(method, path, body, want string) {
		t.Helper()
		if _, got := ask(t, h, method, "/_harbor/"+path, body); !strings.Contains(got, want) {
			t.Errorf("%s %s: %s, want %s", method, path, got, want)
		}
	}
	control(http.MethodPost, "faults", `{"method":"POST","path":"/scan$","kind":"scan-slow","delay":"1ms"}`, "{}")
	control(http.MethodPost, "faults", `{"kind":"nosuch"}`, "unknown kind")
	control(http.MethodPost, "faults", `{"kinds":"drop"}`, "unknown field")
	control(http.MethodPost, "hold", `{"at":"Pending"}`, "{}")
	control(http.MethodDelete, "requests", "", "{}")
	p.scan(t, http.StatusAccepted)
	p.wantStatus(t, harbor.Pending)
	control(http.MethodPost, "hold", `{}`, "{}")
	control(http.MethodPost, "wait", "", "{}")
	p.wantStatus(t, harbor.Success)
	control(http.MethodGet, "requests?method=POST&path=/scan$", "", `"count":1`)
	control(http.MethodPost, "read-only", `{"on":true}`, "{}")
	p.scan(t, http.StatusForbidden)
	control(http.MethodPost, "read-only", `{"on":false}`, "{}")
	control(http.MethodDelete, "faults", "", "{}")
	control(http.MethodGet, "routes", "", "/health")
}
