// SPDX-License-Identifier: Apache-2.0

package show

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
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
