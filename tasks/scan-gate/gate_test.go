// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/adze-ci/adze/internal/steptest"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

func TestMain(m *testing.M) { steptest.Main(m, Command()) }

// Each script has a registry with two images, and a program `trivy` that writes
// the report that lies beside it. Real Trivy is run on a cluster.
func TestScripts(t *testing.T) {
	steptest.Run(t, "testdata", func(env *testscript.Env) error {
		srv := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
		env.Defer(srv.Close)
		host := strings.TrimPrefix(srv.URL, "http://")
		env.Setenv("REPO", host+"/library/app")
		for _, v := range []string{"DIGEST", "OTHER"} {
			digest, err := pushRandom(host + "/library/app")
			if err != nil {
				return err
			}
			env.Setenv(v, digest)
			report := strings.ReplaceAll(reportText, "DIGEST", digest)
			if err := os.WriteFile(filepath.Join(env.WorkDir, strings.ToLower(v)+".json"), []byte(report), 0o600); err != nil {
				return err
			}
		}
		return nil
	})
}

func pushRandom(repo string) (string, error) {
	img, err := random.Image(64, 1)
	if err != nil {
		return "", err
	}
	digest, err := img.Digest()
	if err != nil {
		return "", err
	}
	ref, err := name.NewDigest(repo + "@" + digest.String())
	if err != nil {
		return "", err
	}
	return digest.String(), remote.Write(ref, img)
}

// reportText is a report of Trivy's shape; the findings are made up.
const reportText = `{"SchemaVersion": 2, "ArtifactType": "container_image", "Metadata": {"RepoDigests": ["host/library/app@DIGEST"]}, "Results": [
{"Target": "Node.js", "Vulnerabilities": [
 {"VulnerabilityID": "CVE-1000-1", "PkgName": "left", "InstalledVersion": "1.0", "FixedVersion": "1.1", "Severity": "HIGH", "Title": "left is wrong"},
 {"VulnerabilityID": "CVE-1000-2", "PkgName": "right", "InstalledVersion": "1.0", "Severity": "CRITICAL", "Status": "affected", "Title": "nobody\nhas fixed right"},
 {"VulnerabilityID": "CVE-1000-3", "PkgName": "left", "InstalledVersion": "1.0", "FixedVersion": "1.2", "Severity": "LOW"},
 {"VulnerabilityID": "CVE-1000-4", "PkgName": "left", "InstalledVersion": "1.0", "FixedVersion": "1.2", "Severity": "UNKNOWN"}]},
{"Target": "empty"}]}`

func TestJudge(t *testing.T) {
	findings := []finding.Finding{
		{ID: "A", Package: "p", Severity: finding.High, Fix: finding.Fixed},
		{ID: "B", Package: "p", Severity: finding.Critical, Fix: finding.NoFix},
		{ID: "C", Package: "q", Severity: finding.Medium, Fix: finding.Fixed},
	}
	now := time.Date(2026, 5, 31, 23, 59, 0, 0, time.UTC)
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		name             string
		policy           policy
		refusing, expire int
	}{
		{"default", *defaultPolicy(), 1, 0},
		{"unfixed too", policy{Severity: finding.High}, 2, 0},
		{"from medium", policy{Severity: finding.Medium, OnlyFixed: true}, 2, 0},
		{"critical only", policy{Severity: finding.Critical, OnlyFixed: true}, 0, 0},
		{"excepted until today", policy{Severity: finding.High, OnlyFixed: true, Ignore: []exception{{ID: "A", Expires: day("2026-05-31")}}}, 0, 0},
		{"excepted until yesterday", policy{Severity: finding.High, OnlyFixed: true, Ignore: []exception{{ID: "A", Expires: day("2026-05-30"), Line: 1}}}, 1, 1},
		{"excepted in another package", policy{Severity: finding.High, OnlyFixed: true, Ignore: []exception{{ID: "A", Package: "q", Expires: day("2027-01-01")}}}, 1, 0},
		{"one of two holds", policy{Severity: finding.High, OnlyFixed: true, Ignore: []exception{{ID: "A", Expires: day("2026-01-01")}, {ID: "A", Package: "p", Expires: day("2027-01-01")}}}, 0, 0},
	} {
		v := c.policy.judge(&finding.Scan{Findings: findings}, now)
		if len(v.Refusing) != c.refusing || len(v.Expired) != c.expire || len(v.Refusing)+len(v.Ignored)+len(v.Tolerated) != len(findings) {
			t.Errorf("%s: %d refuse, %d expired: %s", c.name, len(v.Refusing), len(v.Expired), v.note())
		}
	}
}

func TestPolicyFaultsNameTheirLine(t *testing.T) {
	const head = "apiVersion: adze.dev/v1alpha1\nkind: ScanPolicy\n"
	for _, c := range []struct{ name, text, says string }{
		{"empty", "", "is empty"},
		{"no head", "severity: LOW\n", "p.yaml:1:1: want apiVersion"},
		{"unknown key", head + "sevrity: LOW\n", `p.yaml:3:1: unknown key "sevrity"`},
		{"unknown severity", head + "severity: BAD\n", "p.yaml:3:11: severity \"BAD\""},
		{"null", head + "severity:\n", "p.yaml:3:"},
		{"no boolean", head + "onlyFixed: perhaps\n", "p.yaml:3:12"},
		{"twice", head + "severity: LOW\nseverity: HIGH\n", "p.yaml:4:1: key \"severity\" stands twice"},
		{"no reason", head + "ignore:\n- id: A\n  expires: 2026-01-01\n", "p.yaml:4:3: an exception needs"},
		{"no end", head + "ignore:\n- {id: A, reason: x}\n", "p.yaml:4:3: an exception needs"},
		{"no day", head + "ignore:\n- {id: A, reason: x, expires: soon}\n", `"soon" is no day`},
		{"no list", head + "ignore: {}\n", "want a list"},
		{"no YAML", "\t", "p.yaml"},
		{"two documents", head + "---\n" + head + "severity: LOW\n", "p.yaml:3: one document is wanted"},
	} {
		if _, err := parsePolicy("p.yaml", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want it to say %q", c.name, err, c.says)
		}
	}
}
