// SPDX-License-Identifier: Apache-2.0

package report

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// trivyText is a report of Trivy's shape; the findings are made up.
const trivyText = `{"SchemaVersion": 2, "CreatedAt": "2026-05-01T10:00:00Z", "Trivy": {"Version": "0.70.0"}, "ArtifactType": "container_image",
"Metadata": {"OS": {"Family": "debian", "Name": "12.5"}, "RepoDigests": ["host/library/app@DIGEST"]}, "Results": [
{"Target": "Node.js", "Vulnerabilities": [
 {"VulnerabilityID": "CVE-1000-1", "VendorIDs": ["GHSA-1"], "PkgName": "left", "PkgIdentifier": {"PURL": "pkg:npm/left@1.0"}, "InstalledVersion": "1.0", "FixedVersion": "1.1",
  "Status": "fixed", "Severity": "HIGH", "Title": "left is wrong", "PrimaryURL": "https://example.test/1", "PublishedDate": "2026-04-01T00:00:00Z", "CweIDs": ["CWE-1"],
  "DataSource": {"ID": "x", "Name": "X"}, "CVSS": {"nvd": {"V3Score": 7.5}, "ghsa": {"V3Vector": "CVSS:3.1", "V3Score": 9.8}}},
 {"VulnerabilityID": "CVE-1000-2", "PkgName": "right", "InstalledVersion": "1.0", "Severity": "CRITICAL", "Status": "will_not_fix"},
 {"VulnerabilityID": "CVE-1000-3", "PkgName": "left", "InstalledVersion": "1.0", "Severity": "LOW"}]},
{"Target": "empty"}]}`

func imageOf(t testing.TB) name.Digest {
	t.Helper()
	d, err := name.NewDigest("host.test/library/app@sha256:" + strings.Repeat("a", 64))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTrivy(t *testing.T) {
	image := imageOf(t)
	got, err := Read([]byte(strings.ReplaceAll(trivyText, "DIGEST", image.DigestStr())), FormatAuto, About(image))
	if err != nil {
		t.Fatal(err)
	}
	want := &finding.Scan{
		Packages: -1, OS: "debian 12.5", Scanner: finding.Scanner{Name: "Trivy", Vendor: "Aqua Security", Version: "0.70.0"},
		Finished: time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC),
		Findings: []finding.Finding{
			{
				ID: "CVE-1000-1", Aliases: []string{"GHSA-1"}, Package: "left", Installed: "1.0", FixedIn: "1.1", Fix: finding.Fixed, Status: "fixed",
				Severity: finding.High, CVSS: 9.8, Published: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), PURL: "pkg:npm/left@1.0", Target: "Node.js",
				CWE: []string{"CWE-1"}, Title: "left is wrong", URL: "https://example.test/1", Source: "X",
			},
			{ID: "CVE-1000-2", Package: "right", Installed: "1.0", Fix: finding.NoFix, Status: "will_not_fix", Severity: finding.Critical, Target: "Node.js"},
			{ID: "CVE-1000-3", Package: "left", Installed: "1.0", Severity: finding.Low, Target: "Node.js"},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// What an ignore list of Trivy's own took away counts, where the report shows it.
func TestTrivySuppresses(t *testing.T) {
	image := imageOf(t)
	text := strings.Replace(strings.ReplaceAll(trivyText, "DIGEST", image.DigestStr()), `{"Target": "empty"}`, `{"Target": "more", "ExperimentalModifiedFindings": [
 {"Type": "vulnerability", "Status": "ignored", "Statement": "never mind", "Source": ".trivyignore", "Finding": {"VulnerabilityID": "CVE-1000-9", "PkgName": "last", "Severity": "CRITICAL"}},
 {"Type": "secret", "Status": "ignored", "Source": ".trivyignore", "Finding": {"RuleID": "x", "Severity": "HIGH"}}]}`, 1)
	got, err := Read([]byte(text), FormatAuto, About(image))
	if err != nil {
		t.Fatal(err)
	}
	want := finding.Finding{ID: "CVE-1000-9", Package: "last", Severity: finding.Critical, Target: "more"}
	if len(got.Findings) != 4 || !reflect.DeepEqual(got.Findings[3], want) {
		t.Errorf("got %+v, want %+v last", got.Findings, want)
	}
}

// What is no whole report on this image is no answer: an empty list would be a pass.
func TestReportsThatDecideNothing(t *testing.T) {
	image := imageOf(t)
	whole := strings.ReplaceAll(trivyText, "DIGEST", image.DigestStr())
	for name, text := range map[string]string{
		"empty":            "",
		"blank":            " \n",
		"null":             "null",
		"empty object":     "{}",
		"cut short":        whole[:len(whole)-10],
		"goes on":          whole + "{}",
		"another image":    strings.ReplaceAll(whole, image.DigestStr(), "sha256:"+strings.Repeat("b", 64)),
		"about nothing":    strings.Replace(whole, "RepoDigests", "Other", 1),
		"another schema":   strings.Replace(whole, `"SchemaVersion": 2`, `"SchemaVersion": 3`, 1),
		"a folder's":       strings.Replace(whole, "container_image", "filesystem", 1),
		"unknown severity": strings.Replace(whole, "CRITICAL", "SEVERE", 1),
		"finding no id":    strings.Replace(whole, "CVE-1000-1", "", 1),
		"no day":           strings.Replace(whole, "2026-04-01T", "someday", 1),
	} {
		if s, err := Read([]byte(text), FormatAuto, About(image)); err == nil {
			t.Errorf("%s: took it for %d findings", name, len(s.Findings))
		}
	}
}

// A report that rests on little says so.
func TestCaveats(t *testing.T) {
	image := imageOf(t)
	head := `{"SchemaVersion": 2, "ArtifactType": "container_image", "Metadata": {"RepoDigests": ["h/a@` + image.DigestStr() + `"]`
	for text, want := range map[string]string{
		head + `}}`: "the scanner knew no package in the image",
		head + `, "OS": {"Family": "debian", "Name": "9\n.13", "EOSL": true}}, "Results": [{"Target": "x"}]}`: "its distribution gets no security fixes any more: debian 9 .13",
	} {
		s, err := Read([]byte(text), FormatAuto, About(image))
		if err != nil || len(s.Caveats) != 1 || s.Caveats[0].String() != want {
			t.Errorf("got %+v, %v, want %q", s, err, want)
		}
	}
}

// Whatever a scanner writes, it is taken for a report only if it is one on the image.
func FuzzRead(f *testing.F) {
	image := imageOf(f)
	whole := strings.ReplaceAll(trivyText, "DIGEST", image.DigestStr())
	for _, text := range []string{"", "{}", "[]", "null", whole, whole[:len(whole)/2], strings.ReplaceAll(whole, "HIGH", "")} {
		f.Add([]byte(text))
	}
	for _, text := range reports(f, image.DigestStr()) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		scan, err := Read(raw, FormatAuto, About(image))
		if err != nil {
			return
		}
		if text := strings.ToLower(string(raw)); !strings.Contains(text, strings.Repeat("a", 64)) && !strings.ContainsAny(text, `\\%`) {
			t.Errorf("a report that does not name the digest gave %d findings", len(scan.Findings))
		}
		for _, found := range scan.Findings {
			if found.ID == "" {
				t.Errorf("a finding without a name: %+v", found)
			}
		}
	})
}

// What the scanner could not look into is told: no finding is no word there.
func TestTrivySawTooLittle(t *testing.T) {
	image := imageOf(t)
	whole := strings.ReplaceAll(trivyText, "DIGEST", image.DigestStr())
	const os = `"Family": "debian", "Name": "12.5"`
	for says, change := range map[string][2]string{
		"":                                {os, ""},
		"the scanner knew no package":     {`"Results"`, `"Others"`},
		"gets no security fixes any more": {os, os + `, "EOSL": true`},
	} {
		s, err := Read([]byte(strings.Replace(whole, change[0], change[1], 1)), FormatAuto, About(image))
		if err != nil {
			t.Fatal(err)
		}
		if (len(s.Caveats) > 0) != (says != "") || says != "" && !strings.Contains(s.Caveats[0].String(), says) {
			t.Errorf("%s: got %v", says, s.Caveats)
		}
		if told := s.OS == "debian 12.5"; told != (says != "") || !told && s.OS != "" { // which a rule can ask for
			t.Errorf("%s: the distribution is %q", says, s.OS)
		}
	}
}

// A finding that nobody rated in words is as severe as its score, and the older scale
// counts where there is no newer.
func TestTrivyRatedByScoreAlone(t *testing.T) {
	image := imageOf(t)
	for scores, want := range map[string]finding.Severity{
		`"a": {"V2Score": 9.3}`: finding.Critical, `"a": {"V2Score": 9.3, "V3Score": 5.0}`: finding.Medium,
		`"a": {"V2Score": 9.3}, "b": {"V40Score": 7.1}`: finding.High, `"a": {}`: finding.Unknown,
	} {
		text := `{"SchemaVersion": 2, "ArtifactType": "container_image", "Metadata": {"RepoDigests": ["x@` + image.DigestStr() + `"]}, "Results": [
{"Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "p", "Severity": "UNKNOWN", "CVSS": {` + scores + `}}]}]}`
		s, err := Read([]byte(text), FormatAuto, About(image))
		if err != nil || len(s.Findings) != 1 || s.Findings[0].Severity != want {
			t.Errorf("%s: %+v, %v", scores, s, err)
		}
	}
}
