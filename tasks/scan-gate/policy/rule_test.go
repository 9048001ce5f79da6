// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

const policyHead = "apiVersion: adze.dev/v1alpha1\nkind: ScanPolicy\n"

// ruled is the policy with one rule.
func ruled(t testing.TB, expression string) *Policy {
	t.Helper()
	p, err := parse("p.yaml", []byte(policyHead+"rules:\n- name: r\n  reason: why\n  refuse: |\n    "+expression+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func caseOf(t testing.TB, findings ...finding.Finding) Case {
	t.Helper()
	image, err := name.NewDigest("host.test/library/app@sha256:" + strings.Repeat("a", 64))
	if err != nil {
		t.Fatal(err)
	}
	return Case{
		Image: image, Now: date(t, "2026-06-01"), Baseline: []*finding.Scan{{Findings: []finding.Finding{{ID: "OLD", Package: "p", Severity: finding.High}}}},
		Scan: &finding.Scan{Findings: findings, Packages: 0, OS: "debian 12", EndOfLife: true, Scanner: finding.Scanner{Name: "S"}, Database: date(t, "2026-05-31")},
	}
}

func TestRules(t *testing.T) {
	c := caseOf(t,
		finding.Finding{ID: "CVE-1", Aliases: []string{"GHSA-1"}, Package: "p", Severity: finding.Medium, CVSS: 9.1, Fix: finding.Fixed, Published: date(t, "2026-05-01"), PURL: "pkg:npm/p@1"},
		finding.Finding{ID: "OLD", Package: "p", Severity: finding.Low},
	)
	for expression, want := range map[string]bool{
		`findings.exists(f, f.id == "OLD" && now - f.published > duration("8760h"))`:                      true, // it is not told since when
		`findings.exists(f, f.cvss >= 9.0 && f.fix == "fixed" && f.outcome != "excepted")`:                true,
		`findings.exists(f, f.cvss >= 9.2)`:                                                               false,
		`findings.exists(f, f.severity == "MEDIUM" && f.score == 2)`:                                      true,
		`findings.exists(f, "GHSA-1" in f.aliases && f.purl.startsWith("pkg:npm/"))`:                      true,
		`findings.filter(f, f.isNew).size() == 1`:                                                         true,
		`findings.exists(f, now - f.published > duration("700h"))`:                                        true,
		`findings.exists(f, f.id == "CVE-1" && now - f.published > duration("750h"))`:                     false,
		`image.packages == 0 && image.endOfLife && image.os.startsWith("debian") && image.scanner == "S"`: true,
		`image.repository == "host.test/library/app" && image.digest.startsWith("sha256:aa")`:             true,
		`now - image.database > duration("25h")`:                                                          false,
		`!image.hasBaseline`:                                                                              false,
		`findings.all(f, f.outcome == "tolerated")`:                                                       true,
		`findings.map(f, f.package).distinct().join(",") == "p"`:                                          true,
		`size(findings) > 2`: false,
		`findings.exists(f, f.status == "will_not_fix" || f.target == "x" || f.platform == "linux/riscv64")`: false,
	} {
		v, err := ruled(t, expression).Judge(t.Context(), c)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		if v.Refused() != want || len(v.Rulings) != 1 || want != strings.Contains(v.Note(), "rule r refuses: why") {
			t.Errorf("%s: %s: %s", expression, v.Word(), v.Note())
		}
	}
}

// What is deployed is looked at where it makes a difference.
func TestCompares(t *testing.T) {
	for expression, want := range map[string]bool{
		`findings.exists(f, f.isNew)`: true, `!image.hasBaseline`: true, `size(findings) > 2`: false,
	} {
		if got := ruled(t, expression).Compares(); got != want {
			t.Errorf("%s: %t", expression, got)
		}
	}
	if p := Default(); p.Compares() {
		t.Error("the default policy compares")
	}
	if p := (&Policy{NewOnly: true}); !p.Compares() {
		t.Error("newOnly compares with nothing")
	}
}

// A rule of which nobody can tell whether it refuses leaves no verdict.
func TestRulesWithoutAnAnswer(t *testing.T) {
	var many []finding.Finding
	for range 1000 {
		many = append(many, finding.Finding{ID: "CVE-1", Package: "p"})
	}
	for expression, c := range map[string]Case{
		`findings[5].id == "A"`: caseOf(t),
		`findings.all(f, findings.all(g, g.package == f.package))`: caseOf(t, many...),
		`1 / size(findings) == 1`:                                  caseOf(t),
	} {
		if v, err := ruled(t, expression).Judge(t.Context(), c); err == nil || !strings.Contains(err.Error(), "rule r") {
			t.Errorf("%s: %+v, %v", expression, v, err)
		}
	}
	ended, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if v, err := ruled(t, `findings.all(f, f.package == "p")`).Judge(ended, caseOf(t, many...)); err == nil {
		t.Errorf("judged after the end: %s", v.Word())
	}
}

func TestRuleFaults(t *testing.T) {
	for text, says := range map[string]string{
		"rules: {}":                                  "p.yaml:3:8: want a list",
		"rules: [{name: r, reason: x}]":              "p.yaml:3:9: a rule needs name, reason and refuse",
		"rules: [{name: r, refuse: true}]":           "a rule needs",
		"rules: [{name: r, reason: x, refuse: '1'}]": "p.yaml:3:38: the expression, it is of type int",
		"rules: [{name: r, reason: x, refuse: 'findings.exists(f, f.sverity == 1)'}]":     "undefined field 'sverity'",
		"rules: [{name: r, reason: x, refuse: 'finding.size() > 1'}]":                     "the expression, 1:1: undeclared reference to 'finding'",
		"rules: [{name: r, reason: x, refuse: 'findings.exists(f, f.severity >= 3)'}]":    "no matching overload",
		"rules: [{name: r, reason: x, refuse: 'findings.exists('}]":                       "the expression, 1:",
		"rules: [{name: r, reason: x, refuse: 'true', unless: 'x'}]":                      `unknown key "unless"`,
		"rules: [{name: r, reason: x, refuse: 'findings.exists(f, f.because == \"x\")'}]": "undefined field 'because'",
	} {
		if _, err := parse("p.yaml", []byte(policyHead+text+"\n")); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}
