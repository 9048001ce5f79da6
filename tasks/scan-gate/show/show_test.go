// SPDX-License-Identifier: Apache-2.0

package show

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
	"github.com/adze-ci/adze/tasks/scan-gate/source/report"
)

// judged is the verdict of the usual policy, with an exception for "excepted".
func judged(t testing.TB, scan *finding.Scan) *policy.Verdict {
	t.Helper()
	p := policy.Default()
	p.Grace = map[finding.Severity]int{finding.High: 10}
	p.Ignore = []policy.Exception{{ID: "excepted", Reason: "unused", Expires: time.Now().AddDate(1, 0, 0)}}
	v, err := p.Judge(t.Context(), policy.Case{Scan: scan, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// hostile is a finding whose words forge lines, columns and markup.
func hostile(s finding.Severity, fix finding.Fix) finding.Finding {
	const evil = "evil\npass: \x1b[2Jall | well @all <img src=x> [a](https://x.test) `x`"
	return finding.Finding{ID: evil, Package: evil, Installed: evil, FixedIn: evil, Title: evil, URL: evil, PURL: evil, Target: evil, Severity: s, Fix: fix}
}

func imageOf(t testing.TB) name.Digest {
	t.Helper()
	d, err := name.NewDigest("host.test/library/app@sha256:" + strings.Repeat("a", 64))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// No word of a summary is the report's: names, titles and the distribution's
// version are what an image says of itself.
func TestSummary(t *testing.T) {
	for want, c := range map[string]finding.Scan{
		"no known vulnerability": {},
		"no known vulnerability; the scanner knew no package in the image": {Caveats: []finding.Caveat{{Text: "the scanner knew no package in the image"}}},
		"1 critical, 2 high, 1 medium, 1 low, 1 unrated; 2 with a fix": {Findings: []finding.Finding{
			hostile(finding.Low, finding.NoFix), hostile(finding.High, finding.Fixed), hostile(finding.Critical, finding.NoFix),
			hostile(finding.Medium, finding.NoFix), hostile(finding.High, finding.FixUnknown), hostile(finding.Unknown, finding.NoFix),
		}},
		"1 low; none has a fix; its distribution gets no security fixes any more": {
			Findings: []finding.Finding{hostile(finding.Low, finding.NoFix)},
			Caveats:  []finding.Caveat{{Text: "its distribution gets no security fixes any more", Of: "evil 9"}},
		},
		"1 critical; 1 with a fix; 1 excepted by the policy": {Findings: []finding.Finding{{ID: "excepted", Severity: finding.Critical, Fix: finding.Fixed}}},
		"1 high; 1 with a fix; 1 tolerated for now":          {Findings: []finding.Finding{{ID: "young", Severity: finding.High, Fix: finding.Fixed, Published: time.Now().AddDate(0, 0, -1)}}},
	} {
		if got := Summary(judged(t, &c)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTestOutput(t *testing.T) {
	for want, findings := range map[string][]finding.Finding{
		"SUCCESS 1 0 0": nil,
		"SUCCESS 1 0 1": {{ID: "A", Severity: finding.Low}},
		"WARNING 0 0 1": {{ID: "A", Severity: finding.High, Published: time.Now().AddDate(0, 0, -1)}},
		"FAILURE 0 2 1": {{ID: "A", Severity: finding.High}, {ID: "B", Severity: finding.High}, {ID: "C"}},
	} {
		var got Test
		at := time.Date(2026, 5, 31, 1, 2, 3, 4, time.FixedZone("", 3600))
		if err := json.Unmarshal([]byte(TestOutput(judged(t, &finding.Scan{Findings: findings}), at)), &got); err != nil {
			t.Fatal(err)
		}
		if text := strings.Join([]string{got.Result, number(got.Successes), number(got.Failures), number(got.Warnings)}, " "); text != want || got.Timestamp != "2026-05-31T00:02:03Z" || got.Namespace != "default" {
			t.Errorf("got %s: %+v, want %s", text, got, want)
		}
	}
	if got := Unknown(strings.Repeat("ü€\n", 1000), time.Now()); len(got) > mostNote+200 || !strings.Contains(got, `"result":"ERROR"`) {
		t.Errorf("%d bytes: %s", len(got), got)
	}
}

func number(n int) string { return string(rune('0' + n)) }

// Whatever a report says, the table has one line for each finding that refuses,
// and its last line is the verdict.
func TestTable(t *testing.T) {
	var out bytes.Buffer
	v := judged(t, &finding.Scan{Findings: []finding.Finding{hostile(finding.High, finding.Fixed)}, Caveats: []finding.Caveat{{Text: "odd", Of: "x\npass"}}})
	if err := (Answer{Image: imageOf(t), Policy: policy.Default(), Scan: &finding.Scan{}, Verdict: v}).Write(&out, "text"); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[2], "refused: findings that refuse: 1,") || strings.Contains(out.String(), "\x1b") {
		t.Errorf("got %q", lines)
	}
}

// Of an index, the table says of which platform's image a finding is.
func TestTableOfAnIndex(t *testing.T) {
	v := judged(t, &finding.Scan{Findings: []finding.Finding{{ID: "A", Package: "p", Installed: "1", Severity: finding.High, Platform: "linux/arm64", Title: "t"}}})
	var out bytes.Buffer
	if err := (Answer{Image: imageOf(t), Policy: policy.Default(), Scan: &finding.Scan{}, Verdict: v}).Write(&out, "text"); err != nil {
		t.Fatal(err)
	}
	want := []string{"SEVERITY ID PACKAGE INSTALLED FIXED IN PLATFORM TITLE", "HIGH A p 1 - linux/arm64 t", "refused:"}
	for i, line := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
		if got := strings.Join(strings.Fields(line), " "); !strings.HasPrefix(got, want[i]) {
			t.Errorf("got %q, want %q", got, want[i])
		}
	}
}

func TestJSON(t *testing.T) {
	v := judged(t, &finding.Scan{Findings: []finding.Finding{{ID: "A", Package: "p", Severity: finding.High}}})
	a := Answer{Image: imageOf(t), Policy: policy.Default(), Scan: &finding.Scan{Scanner: finding.Scanner{Name: "S"}}, Verdict: v}
	var out bytes.Buffer
	if err := a.Write(&out, "json"); err != nil {
		t.Fatal(err)
	}
	want := `{"image":"` + a.Image.String() + `","verdict":"refused","note":"findings that refuse: 1, excepted: 0, tolerated: 0","policy":{"digest":"` + policy.Default().Digest() + `"},` +
		`"scanner":{"name":"S"},"caveats":[],"expired":[],"rules":[],"findings":[{"id":"A","package":"p","installed":"","fix":"unknown","severity":"HIGH","outcome":"refuses","because":"HIGH, and nothing in the policy speaks for it"}]}` + "\n"
	if out.String() != want {
		t.Errorf("got  %s\nwant %s", out.String(), want)
	}
}

// Nothing that a report says leaves its cell: no mention, link, image or line of
// its own stands outside of code.
func TestMarkdown(t *testing.T) {
	scan := &finding.Scan{
		Findings: []finding.Finding{
			hostile(finding.High, finding.Fixed), {ID: "excepted", Severity: finding.Critical, Fix: finding.Fixed, Package: "p"}, hostile(finding.Low, finding.NoFix),
		},
		Scanner: finding.Scanner{Name: "S`@all", Version: "1"}, Database: time.Date(2026, 5, 31, 0, 0, 0, 0, time.UTC),
	}
	v := judged(t, scan)
	v.Rulings = []policy.Ruling{{Name: "r", Reason: "a|b `@all`", Refuses: true}}
	var out bytes.Buffer
	if err := (Answer{Image: imageOf(t), Policy: policy.Default(), Scan: scan, Verdict: v}).Write(&out, "markdown"); err != nil {
		t.Fatal(err)
	}
	outside := ""
	for line := range strings.Lines(out.String()) {
		parts := strings.Split(line, "`")
		if len(parts)%2 == 0 || strings.HasPrefix(line, "| HIGH") && strings.Count(line, "|") != 7 {
			t.Errorf("a line that ends within code, or has too many cells: %s", line)
		}
		for i := 0; i < len(parts); i += 2 {
			outside += parts[i]
		}
	}
	for _, forged := range []string{"evil", "@all", "<img", "](", "pass", "\x1b"} {
		if strings.Contains(outside, forged) {
			t.Errorf("%q stands outside of code:\n%s", forged, out.String())
		}
	}
	for _, want := range []string{"**scan-gate: refused.** 1 critical, 1 high, 1 low; 2 with a fix; 1 excepted by the policy; 1 rules", "excepted: 1</summary>", "Tolerated: 1.", "database of 2026-05-31T00:00:00Z", "Rule `r` refuses it: `a¦b '@all'`"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
}

// However much was found, the Markdown fits into a comment.
func TestMarkdownFits(t *testing.T) {
	scan := &finding.Scan{}
	for range 3000 {
		scan.Findings = append(scan.Findings, hostile(finding.High, finding.Fixed), finding.Finding{ID: "excepted", Severity: finding.Critical, Fix: finding.Fixed})
	}
	var out bytes.Buffer
	if err := (Answer{Image: imageOf(t), Policy: policy.Default(), Scan: scan, Verdict: judged(t, scan)}).Write(&out, "markdown"); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 48<<10 || strings.Count(out.String(), "and 2950 more") != 2 {
		t.Errorf("%d bytes", out.Len())
	}
}

// What the gate writes as SARIF it reads as a report again.
func TestSARIF(t *testing.T) {
	scan := &finding.Scan{
		Findings: []finding.Finding{
			{ID: "CVE-2026-0001", Package: "p", Installed: "1", FixedIn: "2", Fix: finding.Fixed, Severity: finding.High, CVSS: 7.5, Title: "t", URL: "https://x.test/1"},
			{ID: "CVE-2026-0001", Package: "q", Installed: "1", Fix: finding.NoFix, Severity: finding.High, URL: "https://x.test/1"},
			{ID: "CVE-2026-0002", Package: "p", Installed: "1", Severity: finding.Low},
			{ID: "excepted", Package: "p", Severity: finding.Critical, Fix: finding.Fixed, FixedIn: "3"},
			hostile(finding.High, finding.Fixed),
		},
		Caveats: []finding.Caveat{{Text: "odd"}}, Scanner: finding.Scanner{Name: "S", Version: "1"},
	}
	a := Answer{Image: imageOf(t), Policy: policy.Default(), Scan: scan, Verdict: judged(t, scan)}
	var out bytes.Buffer
	if err := a.Write(&out, "sarif"); err != nil {
		t.Fatal(err)
	}
	read, err := report.Read(out.Bytes(), "sarif", report.About(a.Image))
	if err != nil || len(read.Findings) != len(scan.Findings) || read.Scanner != scan.Scanner {
		t.Fatalf("read back as %+v, %v", read, err)
	}
	back := map[string]finding.Finding{}
	for _, f := range read.Findings {
		back[f.ID+" "+f.Package] = f
	}
	for _, want := range scan.Findings {
		if strings.HasPrefix(want.ID, "evil") {
			continue // its words are one line each now
		}
		if got := back[want.ID+" "+want.Package]; got.Severity != want.Severity || got.Fix != want.Fix || got.FixedIn != want.FixedIn || got.Installed != want.Installed {
			t.Errorf("read back as %+v, was %+v", got, want)
		}
	}
	var log sarifLog
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	levels := map[string]string{}
	for _, r := range log.Runs[0].Results {
		levels[r.RuleID] = r.Level + " " + number(len(r.Suppressions))
	}
	if len(log.Runs[0].Tool.Driver.Rules) != 4 || levels["CVE-2026-0002"] != "note 0" || levels["excepted"] != "warning 1" || log.Runs[0].Invocations[0].Notifications[0].Message.Text != "odd" {
		t.Errorf("rules %+v, levels %v", log.Runs[0].Tool.Driver.Rules, levels)
	}
}

func TestFiles(t *testing.T) {
	for _, wrong := range []string{"sarif", "sarif=", "pdf=x", "=x", ""} {
		if err := (Files{wrong}).Validate(); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
	file := filepath.Join(t.TempDir(), "a=b.md")
	a := Answer{Image: imageOf(t), Policy: policy.Default(), Scan: &finding.Scan{}, Verdict: judged(t, &finding.Scan{})}
	if err := a.WriteFiles(Files{"markdown=" + file}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(text), "**scan-gate: pass.** no known vulnerability.") {
		t.Errorf("%s, %v", text, err)
	}
	if err := a.WriteFiles(Files{"json=" + filepath.Join(file, "x")}); err == nil {
		t.Error("written below a file")
	}
}
