// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// date is a day at midnight, UTC.
func date(t testing.TB, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// outcomes judges findings on the last minute of 2026-05-31, and tells what became
// of each as "A refuses, B tolerated".
func outcomes(t testing.TB, p Policy, findings []finding.Finding, baseline ...*finding.Scan) (string, *Verdict) {
	t.Helper()
	scan := &finding.Scan{Findings: append([]finding.Finding{}, findings...)}
	v, err := p.Judge(t.Context(), Case{Scan: scan, Baseline: baseline, Now: date(t, "2026-06-01").Add(-time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Findings) != len(findings) {
		t.Fatalf("%d findings became %d", len(findings), len(v.Findings))
	}
	words := map[string]Outcome{}
	for _, j := range v.Findings {
		if j.Because == "" || v.Refused() != (v.Word() == "refused") {
			t.Errorf("%s is judged without a reason, or %s is no word for it", j.ID, v.Word())
		}
		words[j.ID] = j.Outcome
	}
	var all []string
	for _, f := range findings {
		all = append(all, f.ID+" "+string(words[f.ID]))
	}
	return strings.Join(all, ", "), v
}

func TestJudge(t *testing.T) {
	findings := []finding.Finding{
		{ID: "A", Aliases: []string{"GHSA-A"}, Package: "p", PURL: "pkg:npm/p@1.0", Severity: finding.High, Fix: finding.Fixed, Published: date(t, "2026-05-20")},
		{ID: "B", Package: "p", Severity: finding.Critical, Fix: finding.NoFix},
		{ID: "C", Package: "q", Severity: finding.Medium, Fix: finding.Fixed},
		{ID: "D", Package: "q", Severity: finding.High},
		{ID: "E", Package: "q", Severity: finding.High, Dismissed: "not_affected: never called"},
	}
	from := func(s finding.Severity, ignore ...Exception) Policy {
		return Policy{Severity: s, OnlyFixed: true, Ignore: ignore}
	}
	until := func(e Exception, day string) Exception {
		e.Reason, e.Expires, e.Line = "why", date(t, day), 1
		return e
	}
	for _, c := range []struct {
		name    string
		policy  Policy
		want    string
		expired int
	}{
		{"default", *Default(), "A refuses, B tolerated, C tolerated, D refuses, E excepted", 0},
		{"unfixed too", Policy{Severity: finding.High}, "A refuses, B refuses, C tolerated, D refuses, E excepted", 0},
		{"from medium", from(finding.Medium), "A refuses, B tolerated, C refuses, D refuses, E excepted", 0},
		{"critical only", from(finding.Critical), "A tolerated, B tolerated, C tolerated, D tolerated, E tolerated", 0},
		{"excepted until today", from(finding.High, until(Exception{ID: "A"}, "2026-05-31")), "A excepted, B tolerated, C tolerated, D refuses, E excepted", 0},
		{"excepted by its other name", from(finding.High, until(Exception{ID: "GHSA-A"}, "2026-05-31")), "A excepted, B tolerated, C tolerated, D refuses, E excepted", 0},
		{"excepted until yesterday", from(finding.High, until(Exception{ID: "A"}, "2026-05-30")), "A refuses, B tolerated, C tolerated, D refuses, E excepted", 1},
		{"excepted in another package", from(finding.High, until(Exception{ID: "A", Package: "q"}, "2027-01-01")), "A refuses, B tolerated, C tolerated, D refuses, E excepted", 0},
		{"excepted by package URL", from(finding.High, until(Exception{ID: "A", PURL: "pkg:npm/p"}, "2027-01-01")), "A excepted, B tolerated, C tolerated, D refuses, E excepted", 0},
		{"excepted in another version", from(finding.High, until(Exception{ID: "A", PURL: "pkg:npm/p@2.0"}, "2027-01-01")), "A refuses, B tolerated, C tolerated, D refuses, E excepted", 0},
		{"one of two holds", from(finding.High, until(Exception{ID: "A"}, "2026-01-01"), until(Exception{ID: "A", Package: "p"}, "2027-01-01")), "A excepted, B tolerated, C tolerated, D refuses, E excepted", 0},
		{"in grace", Policy{Severity: finding.High, Grace: map[finding.Severity]int{finding.High: 12}}, "A tolerated, B refuses, C tolerated, D refuses, E excepted", 0},
		{"grace is over", Policy{Severity: finding.High, Grace: map[finding.Severity]int{finding.High: 11}}, "A refuses, B refuses, C tolerated, D refuses, E excepted", 0},
		{"grace for others", Policy{Severity: finding.High, Grace: map[finding.Severity]int{finding.Critical: 300}}, "A refuses, B refuses, C tolerated, D refuses, E excepted", 0},
	} {
		got, v := outcomes(t, c.policy, findings)
		if got != c.want || len(v.Expired) != c.expired {
			t.Errorf("%s: %s, %d expired: %s", c.name, got, len(v.Expired), v.Note())
		}
	}
}

// What nobody has published, or says to publish later, has no time of grace.
func TestGraceNeedsADay(t *testing.T) {
	p := Policy{Grace: map[finding.Severity]int{finding.High: 365}}
	got, v := outcomes(t, p, []finding.Finding{
		{ID: "A", Severity: finding.High},
		{ID: "B", Severity: finding.High, Published: date(t, "2026-06-02")},
		{ID: "C", Severity: finding.High, Published: date(t, "2026-05-31")},
	})
	if got != "A refuses, B refuses, C tolerated" || v.Pending() != 1 {
		t.Errorf("%s, %d pending", got, v.Pending())
	}
}

// newOnly tolerates what the deployed image has as well, in any version and not
// worse than it was there.
func TestNewOnly(t *testing.T) {
	findings := []finding.Finding{
		{ID: "A", PURL: "pkg:npm/p@2", Severity: finding.High},
		{ID: "B", PURL: "pkg:npm/p@2", Severity: finding.High},
		{ID: "C", PURL: "pkg:npm/p@2", Severity: finding.Critical},
		{ID: "D", PURL: "pkg:npm/p@2", Severity: finding.Medium},
	}
	baseline := &finding.Scan{Findings: []finding.Finding{
		{ID: "A", PURL: "pkg:npm/p@1", Severity: finding.High},
		{ID: "B", PURL: "pkg:npm/q@2", Severity: finding.High},
		{ID: "C", PURL: "pkg:npm/p@2", Severity: finding.Medium},
		{ID: "C", PURL: "pkg:npm/p@3", Severity: finding.High},
		{ID: "D", PURL: "pkg:npm/p@2", Severity: finding.Critical},
	}}
	p := Policy{Severity: finding.Low, NewOnly: true}
	if got, v := outcomes(t, p, findings, baseline); got != "A tolerated, B refuses, C refuses, D tolerated" || v.Pending() != 2 || len(v.Caveats) != 0 {
		t.Errorf("%s: %s", got, v.Note())
	}
	got, v := outcomes(t, p, findings)
	if got != "A refuses, B refuses, C refuses, D refuses" || !strings.Contains(v.Note(), "every finding counts as new") {
		t.Errorf("without a baseline: %s: %s", got, v.Note())
	}
	// Of several images all must have it, and it is as bad as where it is least so.
	other := &finding.Scan{Findings: []finding.Finding{
		{ID: "C", PURL: "pkg:npm/p@2", Severity: finding.Critical},
		{ID: "D", PURL: "pkg:npm/p@2", Severity: finding.Low},
		{ID: "B", PURL: "pkg:npm/p@2", Severity: finding.High},
	}}
	for _, baselines := range [][]*finding.Scan{{baseline, other}, {other, baseline}, {other, other, baseline}} {
		if got, _ := outcomes(t, p, findings, baselines...); got != "A refuses, B refuses, C refuses, D refuses" {
			t.Errorf("%d images: %s", len(baselines), got)
		}
	}
	if got, _ := outcomes(t, p, findings, other, other); got != "A refuses, B tolerated, C tolerated, D refuses" {
		t.Errorf("one image twice: %s", got)
	}
	p.NewOnly = false
	if got, _ := outcomes(t, p, findings, baseline); got != "A refuses, B refuses, C refuses, D refuses" {
		t.Errorf("not asked for: %s", got)
	}
}

// An exception that has ended is named, whatever speaks for the finding instead.
func TestExpiredIsNamedWhereAnythingElseSpeaks(t *testing.T) {
	findings := []finding.Finding{{ID: "A", Package: "p", Severity: finding.High, Fix: finding.Fixed, Published: date(t, "2026-05-30")}}
	ended := []Exception{{ID: "A", Reason: "why", Expires: date(t, "2026-05-30"), Line: 1}}
	for name, p := range map[string]Policy{
		"new only": {Severity: finding.High, NewOnly: true, Ignore: ended},
		"in grace": {Severity: finding.High, Grace: map[finding.Severity]int{finding.High: 30}, Ignore: ended},
	} {
		got, v := outcomes(t, p, findings, &finding.Scan{Findings: findings})
		if got != "A tolerated" || len(v.Expired) != 1 || !strings.Contains(v.Note(), "the exception for A expired on 2026-05-30") {
			t.Errorf("%s: %s: %s", name, got, v.Note())
		}
	}
}

// A scanner whose knowledge is old, or of no age, has no say.
func TestDatabaseAge(t *testing.T) {
	now := date(t, "2026-05-31")
	for _, c := range []struct {
		name string
		most time.Duration
		at   time.Time
		says string
	}{
		{"any age", 0, time.Time{}, ""},
		{"young", 48 * time.Hour, now.Add(-48 * time.Hour), ""},
		{"of now", 48 * time.Hour, now.Add(time.Minute), ""},
		{"old", 48 * time.Hour, now.Add(-49 * time.Hour), "2026-05-28T23:00:00Z"},
		{"not told", 48 * time.Hour, time.Time{}, "does not say"},
		{"of tomorrow", 48 * time.Hour, now.Add(24 * time.Hour), "yet to come"},
	} {
		p := Policy{MaxDatabaseAge: c.most}
		_, err := p.Judge(t.Context(), Case{Scan: &finding.Scan{Database: c.at}, Now: now})
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
}

func TestCovers(t *testing.T) {
	const curl = "pkg:deb/debian/curl@7.1?arch=amd64&distro=debian-12"
	for wanted, want := range map[string]bool{
		"pkg:deb/debian/curl":                 true,
		"pkg:deb/debian/curl@7.1":             true,
		"pkg:deb/debian/curl@7.1?arch=amd64":  true,
		"pkg:deb/debian/curl?arch=arm64":      false,
		"pkg:deb/debian/curl@7.2":             false,
		"pkg:deb/ubuntu/curl":                 false,
		"pkg:rpm/debian/curl":                 false,
		"pkg:deb/debian/curl-doc":             false,
		"pkg:deb/debian/curl?distro=debian-1": false,
	} {
		if covers(wanted, curl) != want {
			t.Errorf("%s: want %v", wanted, want)
		}
	}
	if covers("pkg:npm/a", "") {
		t.Error("a finding without a package URL is covered")
	}
}

// Policies that judge alike have one digest; others do not.
func TestDigest(t *testing.T) {
	const head = "apiVersion: adze.dev/v1alpha1\nkind: ScanPolicy\n"
	digests := map[string]string{Default().Digest(): "the default"}
	for _, text := range []string{"severity: LOW\n", "onlyFixed: false\n", "newOnly: true\n", "graceDays: {HIGH: 1}\n", "maxDatabaseAgeHours: 1\n", "ignore: [{id: A, reason: x, expires: 2026-01-01}]\n", "ignore: [{id: A, reason: x, expires: 2026-01-02}]\n"} {
		p, err := parse("p.yaml", []byte(head+text))
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := digests[p.Digest()]; ok {
			t.Errorf("%q has the digest of %q", text, other)
		}
		digests[p.Digest()] = text
	}
	same, err := parse("other.yaml", []byte("# a comment\n"+head+"severity: high\nonlyFixed: yes\n"))
	if err != nil || same.Digest() != Default().Digest() {
		t.Errorf("%v: another digest for the same policy", err)
	}
}
