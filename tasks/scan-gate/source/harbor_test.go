// SPDX-License-Identifier: Apache-2.0

package source

import (
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

func harborReport(t *testing.T) *harbor.Report {
	t.Helper()
	image, err := name.NewDigest("h.example/p/app@sha256:abd28494296a8872db14a7b8f068d028d868a315780441ca250a2f2855d6c076")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	return &harbor.Report{Image: image, ID: "r", Scanner: harbor.Scanner{Name: "Trivy", Vendor: "Aqua\x1b[31m"}, Started: at, Finished: at.Add(time.Minute), Database: at.Add(-time.Hour)}
}

// A report of Harbor's keeps its words, and which of three a fix is.
func TestHarborReport(t *testing.T) {
	r := harborReport(t)
	score := 9.8
	r.Vulnerabilities = []harbor.Vulnerability{
		{ID: "CVE-1", Package: "p", Version: "1", FixVersion: "2", Severity: "High", Status: "fixed", Links: []string{"https://a.example"}, CWE: []string{"", "CWE-9"}, Description: "a\nb"},
		{ID: "CVE-2", Severity: "Critical", Status: "will_not_fix"},
		{ID: "CVE-3", Severity: "None"}, // of a Harbor that tells no status
		{ID: "CVE-4", Severity: "Negligible", Status: "affected"},
		{ID: "CVE-5", Severity: "Unknown"},
		{ID: "CVE-6", Severity: "Unknown"},
	}
	r.Vulnerabilities[0].CVSS.V3, r.Vulnerabilities[4].CVSS.V3 = &score, &score
	r.Vulnerabilities[5].CVSS.V3, r.Vulnerabilities[5].CVSS.V2 = new(float64), &score // of the older scale alone
	s, err := harborScan(r)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		fix      finding.Fix
		severity finding.Severity
	}{{finding.Fixed, finding.High}, {finding.NoFix, finding.Critical}, {finding.FixUnknown, finding.Unknown}, {finding.NoFix, finding.Low}, {finding.FixUnknown, finding.Critical}, {finding.FixUnknown, finding.Critical}} {
		if f := s.Findings[i]; f.Fix != want.fix || f.Severity != want.severity || f.Child != "" {
			t.Errorf("got %+v", f)
		}
	}
	if f := s.Findings[0]; f.CVSS != score || f.URL != "https://a.example" || len(f.CWE) != 1 || f.Title != "a b" || f.FixedIn != "2" || f.Installed != "1" {
		t.Errorf("got %+v", f)
	}
	if s.Packages != -1 || s.Report != "r" || s.Database != r.Database || s.Finished != r.Finished || s.Scanner.Vendor != "Aqua [31m" || s.Caveats != nil {
		t.Errorf("got %+v", s)
	}
}

// A word for a severity that nobody knows may mean the worst.
func TestHarborSeverityOfNobody(t *testing.T) {
	r := harborReport(t)
	r.Vulnerabilities = []harbor.Vulnerability{{ID: "CVE-1", Severity: "Important"}}
	if s, err := harborScan(r); err == nil {
		t.Errorf("got %+v", s)
	}
}

// What Harbor's scanner leaves out is told, and the image of an index is named.
func TestHarborCaveats(t *testing.T) {
	r := harborReport(t)
	r.Limits = []string{"left out"}
	if s, err := harborScan(r); err != nil || len(s.Caveats) != 2 || s.Caveats[0].Text != "left out" {
		t.Errorf("got %+v, %v", s, err)
	}
	r.Platform, r.Vulnerabilities = "linux/arm64", []harbor.Vulnerability{{ID: "CVE-1", Severity: "Low"}}
	if s, err := harborScan(r); err != nil || s.Findings[0].Platform != "linux/arm64" || s.Findings[0].Child != r.Image.DigestStr() {
		t.Errorf("got %+v, %v", s, err)
	}
}
