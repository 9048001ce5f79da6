// SPDX-License-Identifier: Apache-2.0

package report

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

const layer = "sha256:35c102085707f703de2d9eaad8752d6fe1b8f02b5d2149f1d8357c9cc7fb7d0a"

// clairs are the reports in testdata on an image of one layer.
func clairs(t *testing.T, digest string) map[string]string {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/clair.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.Files {
		files[f.Name] = strings.NewReplacer("DIGEST", digest, "LAYER", layer).Replace(string(f.Data))
	}
	return files
}

func TestClair(t *testing.T) {
	image := imageOf(t)
	for name, want := range map[string]*finding.Scan{
		"whole": {
			Packages: 3, OS: "Ubuntu 18.04.3 LTS", Scanner: finding.Scanner{Name: "Clair"},
			Findings: []finding.Finding{
				{ID: "CVE-1000-1001", Package: "libapt-pkg5.0", Installed: "1.6.11", FixedIn: "1.6.12", Fix: finding.Fixed, Severity: finding.Low, Published: time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC), Target: "var/lib/dpkg/status", Title: "made up", URL: "https://example.test/1", Source: "ubuntu/updater/bionic"},
				{ID: "CVE-1000-1002", Package: "libapt-pkg5.0", Installed: "1.6.11", Fix: finding.NoFix, Severity: finding.Critical, Target: "var/lib/dpkg/status", Source: "ubuntu/updater/bionic"},
				{ID: "GHSA-aaaa-bbbb-cccc", Package: "requests", Installed: "2.30.0", FixedIn: "2.31.0", Fix: finding.Fixed, Severity: finding.Critical, CVSS: 9.1, Target: "python:usr/lib", Source: "osv/pypi"},
				{ID: "CVE-1000-1004 and CVE-1000-1005", Package: "requests", Installed: "2.30.0", Fix: finding.FixUnknown, Severity: finding.Low, Target: "python:usr/lib", Source: "osv/pypi"},
				{ID: "PYSEC-1", Package: "requests", Installed: "2.30.0", Fix: finding.FixUnknown, Severity: finding.High, Target: "python:usr/lib", Source: "osv/pypi"},
				{ID: "RHSA-1000:1", Package: "stray", Fix: finding.NoFix, Severity: finding.High, Source: "rhel-vex"},
			},
		},
		"clean": {Packages: 1, Scanner: finding.Scanner{Name: "Clair"}, Caveats: []finding.Caveat{{Text: "the scanner knew no distribution in the image"}}},
		"bare":  {Packages: 0, Scanner: finding.Scanner{Name: "Clair"}, Caveats: []finding.Caveat{{Text: "the scanner knew no package in the image"}}},
	} {
		got, err := Clair([]byte(clairs(t, image.DigestStr())[name]), About(image), []string{layer})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\ngot  %+v\nwant %+v", name, err, got, want)
		}
	}
}

// A report that is not whole, or not about the image, is no word on it.
func TestClairNotWhole(t *testing.T) {
	image := imageOf(t)
	whole := clairs(t, image.DigestStr())["whole"]
	for says, change := range map[string][2]string{
		"cut short":                        {`"another":[7]}}`, ""},
		"goes on after its end":            {`"another":[7]}}`, `"another":[7]}}{}`},
		"is about sha256:bbbb":             {image.DigestStr(), "sha256:bbbb"},
		"no list of packages":              {`"packages":`, `"boxes":`},
		"of vulnerabilities":               {`"vulnerabilities":{`, `"flaws":{`},
		"which has which":                  {`"package_vulnerabilities":{`, `"of":{`},
		"a layer that is none":             {layer, "sha256:cccc"},
		"vulnerability 99, and does":       {`["356835"`, `["99"`},
		"package 99 has vulnerabilities":   {`{"10":["356835"`, `{"99":["356835"`},
		`id "CVE-1000-1002", severity "Ba`: {`"normalized_severity":"Critical"`, `"normalized_severity":"Bad"`},
		"the report's scores":              {`"baseScore":7.5`, `"baseScore":"high"`},
	} {
		changed := strings.Replace(whole, change[0], change[1], 1)
		if changed == whole {
			t.Fatalf("%s: the test changes nothing", says)
		}
		if got, err := Clair([]byte(changed), About(image), []string{layer}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %+v, %v", says, got, err)
		}
	}
}
