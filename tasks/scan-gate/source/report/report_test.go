// SPDX-License-Identifier: Apache-2.0

package report

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// reports are those in testdata, with the digest that they are about put in.
func reports(t testing.TB, digest string) map[string]string {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/reports.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.Files {
		files[f.Name] = strings.ReplaceAll(string(f.Data), "DIGEST", digest)
	}
	return files
}

// What each format says comes out in one shape.
func TestRead(t *testing.T) {
	image := imageOf(t)
	day := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	for name, want := range map[string]*finding.Scan{
		"harbor": {
			Packages: -1, Finished: day, Scanner: finding.Scanner{Name: "Trivy", Vendor: "Aqua Security", Version: "Unknown"},
			Findings: []finding.Finding{
				{ID: "CVE-1000-1", Package: "openssl", Installed: "3.0.5-1", FixedIn: "3.0.8-1", Fix: finding.Fixed, Status: "fixed", Severity: finding.High, CVSS: 9.8, CWE: []string{"CWE-843"}, Title: "made up", URL: "https://example.test/1"},
				{ID: "CVE-1000-2", Package: "zlib1g", Installed: "1.2", Fix: finding.NoFix, Status: "will_not_fix", Severity: finding.Critical, CVSS: 7.5},
				{ID: "CVE-1000-3", Package: "bash", Installed: "5", Severity: finding.Low},
			},
		},
		"harbor clean": {Packages: -1, Finished: day, Scanner: finding.Scanner{Name: "Trivy"}},
		"scanner's":    {Packages: -1, Finished: day, Scanner: finding.Scanner{Name: "Other"}, Findings: []finding.Finding{{ID: "CVE-1000-1", Package: "a", Severity: finding.Unknown}}},
		"sarif of trivy": {
			Packages: -1, Scanner: finding.Scanner{Name: "Trivy", Version: "0.70.0"},
			Findings: []finding.Finding{
				{ID: "CVE-1000-1", Package: "left", Installed: "1.0", FixedIn: "1.1", Fix: finding.Fixed, Severity: finding.High, CVSS: 7.5, Title: "left is wrong", URL: "https://example.test/1", Target: "app/package-lock.json"},
				{ID: "CVE-1000-2", Package: "right", Installed: "1.0", Fix: finding.NoFix, Severity: finding.Critical, CVSS: 9.8},
			},
		},
		"sarif of another tool": {
			Packages: -1, Scanner: finding.Scanner{Name: "grype"},
			Findings: []finding.Finding{
				{ID: "CVE-1000-12345", Package: "left", Installed: "1.0", FixedIn: "1.1", Fix: finding.Fixed, Severity: finding.Medium, CVSS: 5},
				{ID: "X-1", Severity: finding.Critical},
				{ID: "X-2", Severity: finding.Medium},
			},
		},
		"sarif with a hostile name": {
			Packages: -1, Scanner: finding.Scanner{Name: "Trivy"},
			Findings: []finding.Finding{{ID: "CVE-1000-1", Package: "a", Installed: "1.0", FixedIn: "1.1", Fix: finding.Fixed, Severity: finding.Critical}},
		},
		"cyclonedx": {
			Packages: -1, Finished: day, Scanner: finding.Scanner{Name: "trivy", Version: "0.70.0"},
			Findings: []finding.Finding{
				{ID: "CVE-1000-1", Aliases: []string{"GHSA-1"}, Package: "left", Installed: "1.0", FixedIn: "1.1", Fix: finding.Fixed, Severity: finding.High, CVSS: 7.5, Published: day, PURL: "pkg:npm/left@1.0", CWE: []string{"CWE-20"}, Title: "made up", URL: "https://example.test/", Source: "ghsa"},
				{ID: "CVE-1000-1", Aliases: []string{"GHSA-1"}, Package: "other", Installed: "2.0", Severity: finding.High, CVSS: 7.5, Published: day, PURL: "pkg:npm/other@2.0", CWE: []string{"CWE-20"}, Title: "made up", URL: "https://example.test/", Source: "ghsa"},
				{ID: "CVE-1000-2", Package: "inner", Installed: "3", Severity: finding.Critical, CVSS: 9.8, Dismissed: "not_affected code_not_reachable never called"},
				{ID: "CVE-1000-3", Package: "left", Installed: "1.0", PURL: "pkg:npm/left@1.0", Severity: finding.Low},
			},
		},
	} {
		got, err := Read([]byte(reports(t, image.DigestStr())[name]), FormatAuto, About(image))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\ngot  %+v\nwant %+v", name, err, got, want)
		}
	}
}

// A report that does not say what it is about is believed on the caller's word alone,
// and one on another image never.
func TestTrust(t *testing.T) {
	image := imageOf(t)
	vouched := About(image)
	vouched.Vouched = true
	for name, want := range map[string]int{"harbor nameless": 0, "sarif nameless": 1, "vex nameless": 1, "cyclonedx without findings": 0, "scanner's nameless": 1} {
		text := []byte(reports(t, image.DigestStr())[name])
		if got, err := Read(text, FormatAuto, About(image)); err == nil || !strings.Contains(strings.Join(step.Hints(err), ""), "--trust-report") {
			t.Errorf("%s: believed %+v, %v", name, got, err)
		}
		if got, err := Read(text, FormatAuto, vouched); err != nil || len(got.Findings) != want {
			t.Errorf("%s, vouched: %+v, %v", name, got, err)
		}
	}
	for name, text := range reports(t, "sha256:"+strings.Repeat("b", 64)) {
		if strings.Contains(name, "nameless") || strings.Contains(name, "clean") {
			continue
		}
		if got, err := Read([]byte(text), FormatAuto, vouched); err == nil || strings.Contains(text, "bbbb") && !strings.Contains(err.Error(), "is about sha256:bbbb") && !strings.Contains(err.Error(), "is about host.test/library/app@sha256:bbbb") {
			t.Errorf("%s on another image: %+v, %v", name, got, err)
		}
	}
}

// A CycloneDX document may name the image by the hash of its manifest.
func TestCycloneDXByHash(t *testing.T) {
	image := imageOf(t)
	whole := reports(t, image.DigestStr())["cyclonedx"]
	for hash, about := range map[string]bool{image.DigestStr(): true, "sha256:" + strings.Repeat("b", 64): false} {
		text := strings.Replace(whole, `"purl":"pkg:oci/app@`+image.DigestStr()+`?arch=amd64"`, `"hashes":[{"alg":"MD5","content":"x"},{"alg":"SHA-256","content":"`+hash[7:]+`"}]`, 1)
		if text == whole {
			t.Fatal("the test changes nothing")
		}
		if got, err := Read([]byte(text), FormatAuto, About(image)); (err == nil) != about {
			t.Errorf("%s: %+v, %v", hash, got, err)
		}
	}
}

// A finding of which only a score, a number of a rule or a rule's own level tells how
// bad it is counts by that, whatever the format.
func TestSeverityOfFewWords(t *testing.T) {
	image := imageOf(t)
	about := About(image)
	about.Vouched = true
	const sarif = `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x","rules":[{"id":"A","defaultConfiguration":{"level":"error"}},{"id":"B","properties":{"security-severity":"8.0"}}]},
"extensions":[{"name":"y","rules":[{"id":"C","properties":{"security-severity":"9.1"}}]}]},"results":[RESULT]}]}`
	for text, want := range map[string]finding.Severity{
		strings.Replace(sarif, "RESULT", `{"ruleId":"A","message":{"text":"x"}}`, 1):                                                                                          finding.Critical,
		strings.Replace(sarif, "RESULT", `{"ruleId":"A","level":"note","message":{"text":"x"}}`, 1):                                                                           finding.Low,
		strings.Replace(sarif, "RESULT", `{"ruleId":"B/left","level":"note","message":{"text":"x"}}`, 1):                                                                      finding.High,
		strings.Replace(sarif, "RESULT", `{"ruleId":"left","ruleIndex":1,"level":"note","message":{"text":"x"}}`, 1):                                                          finding.High,
		strings.Replace(sarif, "RESULT", `{"ruleIndex":1,"level":"note","message":{"text":"x"}}`, 1):                                                                          finding.High,
		strings.Replace(sarif, "RESULT", `{"ruleId":"left","ruleIndex":9,"level":"note","message":{"text":"x"}}`, 1):                                                          finding.Low,
		strings.Replace(sarif, "RESULT", `{"ruleId":"C","ruleIndex":0,"level":"note","message":{"text":"x"}}`, 1):                                                             finding.Critical,
		`{"bomFormat":"CycloneDX","specVersion":"1.6","vulnerabilities":[{"id":"A","ratings":[{"severity":"medium"},{"score":9.8,"method":"CVSSv31"}]}]}`:                     finding.Critical,
		`{"bomFormat":"CycloneDX","specVersion":"1.6","vulnerabilities":[{"id":"A","ratings":[{"score":7.5}]}]}`:                                                              finding.High,
		`{"generated_at":"2026-05-01T10:00:00Z","severity":"Unknown","vulnerabilities":[{"id":"A","severity":"Unknown","preferred_cvss":{"score_v3":9.8}}]}`:                  finding.Critical,
		`{"SchemaVersion":2,"ArtifactType":"container_image","Results":[{"Vulnerabilities":[{"VulnerabilityID":"A","Severity":"UNKNOWN","CVSS":{"nvd":{"V40Score":7.1}}}]}]}`: finding.High,
	} {
		got, err := Read([]byte(text), FormatAuto, about)
		if err != nil || len(got.Findings) != 1 || got.Findings[0].Severity != want {
			t.Errorf("%s\n%+v, %v, want %s", text, got, err, want)
		}
	}
	if got, err := Read([]byte(strings.Replace(sarif, "RESULT", `{"ruleId":"D","level":"fatal","message":{"text":"x"}}`, 1)), FormatAuto, about); err == nil {
		t.Errorf("a level that nobody knows: %+v", got)
	}
}

// Reports of which part is missing or cannot be read decide nothing.
func TestReportsByHalf(t *testing.T) {
	image := imageOf(t)
	vouched := About(image)
	vouched.Vouched = true
	whole := reports(t, image.DigestStr())
	for _, c := range []struct{ of, from, to, says string }{
		{"harbor", `"severity":"Critical","vulnerabilities":[{"id":"CVE-1000-1"`, `"severity":"Critical","vulnerabilities":[{"id":""`, "cannot be read"},
		{"harbor", `"severity":"Critical","status"`, `"severity":"High","status"`, "some are missing"},
		{"harbor", `"severity":"Negligible"`, `"severity":"Severe"`, "cannot be read"},
		{"harbor", `"generated_at":"2026-05-01T10:00:00Z",`, ``, "no list of findings"},
		{"harbor", `"vulnerabilities":[`, `"others":[`, "no list of findings"},
		{"harbor", Generic, "text/plain", "none of Trivy's JSON"},
		{"harbor", `{"` + Generic, `{"` + HarborOnly + `":{},"` + Generic, "two reports"},
		{"harbor clean", `"severity":""`, `"severity":"High"`, "some are missing"},
		{"harbor clean", `"severity":""`, `"severity":"Severe"`, "SEVERE"},
		{"harbor clean", `"vulnerabilities":[]`, `"vulnerabilities":null`, "no list of findings"},
		{"sarif of trivy", `"results":[`, `"others":[`, "without a list of results"},
		{"sarif of trivy", `"executionSuccessful":true`, `"executionSuccessful":false`, "a scan that failed"},
		{"sarif of trivy", `"version":"2.1.0"`, `"version":"3.0"`, "no SARIF 2.1"},
		{"sarif of trivy", `"runs":[{`, `"runs":[],"other":[{`, "no SARIF 2.1"},
		{"sarif of trivy", "Severity: CRITICAL", "Severity: SEVERE", "cannot be read"},
		{"sarif of trivy", `"7.5"`, `"much"`, "cannot be read"},
		{"cyclonedx", `"not_affected"`, `"perhaps"`, `state "perhaps"`},
		{"cyclonedx", `"id":"CVE-1000-3"`, `"id":""`, "cannot be read"},
		{"cyclonedx", `"severity":"low"`, `"severity":"severe"`, "cannot be read"},
		{"cyclonedx", `"specVersion":"1.6"`, `"specVersion":"9"`, "no CycloneDX"},
	} {
		text := strings.Replace(whole[c.of], c.from, c.to, 1)
		if text == whole[c.of] {
			t.Fatalf("%s has no %s", c.of, c.from)
		}
		if got, err := Read([]byte(text), FormatAuto, vouched); err == nil || !strings.Contains(err.Error(), c.says) && !strings.Contains(strings.ToUpper(err.Error()), c.says) {
			t.Errorf("%s with %s: %+v, %v", c.of, c.to, got, err)
		}
	}
	if got, err := Read([]byte(whole["cyclonedx"]+whole["cyclonedx"]), FormatCycloneDX, vouched); err == nil {
		t.Errorf("two documents in one: %+v", got)
	}
	for name, text := range whole {
		if got, err := Read([]byte(text[:len(text)-20]), FormatAuto, vouched); err == nil {
			t.Errorf("%s, cut short: %+v", name, got)
		}
	}
	if _, err := Read([]byte("[]"), FormatAuto, vouched); err == nil {
		t.Error("took a list for a report")
	}
}

// Of an index with several images only Harbor has a report on all.
func TestReportsOnAnIndex(t *testing.T) {
	image := imageOf(t)
	child := "sha256:" + strings.Repeat("c", 64)
	about := About(image)
	about.Children = []string{child}
	for _, name := range []string{"harbor", "sarif of trivy", "cyclonedx"} {
		if _, err := Read([]byte(reports(t, child)[name]), FormatAuto, about); err != nil {
			t.Errorf("%s on the only image of the index: %v", name, err)
		}
	}
	about.Children = append(about.Children, "sha256:"+strings.Repeat("d", 64))
	text := []byte(reports(t, child)["harbor"])
	if got, err := Read(text, FormatAuto, about); err == nil || !strings.Contains(err.Error(), "does not name sha256:dddd") {
		t.Errorf("Harbor's report on one of two: %+v, %v", got, err)
	}
	about.Vouched = true
	got, err := Read(text, FormatAuto, about)
	if err != nil || len(got.Findings) != 3 || got.Findings[0].Child != child {
		t.Errorf("Harbor's report: %+v, %v", got, err)
	}
	for _, name := range []string{"sarif of trivy", "cyclonedx"} {
		if got, err := Read([]byte(reports(t, child)[name]), FormatAuto, about); err == nil || !strings.Contains(err.Error(), "index of 2 images") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
