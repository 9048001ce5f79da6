// SPDX-License-Identifier: Apache-2.0

package show

import (
	"encoding/json"
	"time"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
)

// counts are findings by severity, in the shape of Konflux's SCAN_OUTPUT:
// https://github.com/konflux-ci/build-definitions/tree/main/task/clair-scan
type counts struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Medium   int `json:"medium"`
	Low      int `json:"low"`
	Unknown  int `json:"unknown"`
}

func (c *counts) add(s finding.Severity) {
	switch s {
	case finding.Critical:
		c.Critical++
	case finding.High:
		c.High++
	case finding.Medium:
		c.Medium++
	case finding.Low:
		c.Low++
	default:
		c.Unknown++
	}
}

// plus adds counts up.
func (c counts) plus(d counts) counts {
	return counts{c.Critical + d.Critical, c.High + d.High, c.Medium + d.Medium, c.Low + d.Low, c.Unknown + d.Unknown}
}

// sum is how many findings were counted.
func (c counts) sum() int { return c.Critical + c.High + c.Medium + c.Low + c.Unknown }

// count counts all findings, those without a fix apart. One of which nobody says
// whether there is a fix counts with those that have one.
func count(v *policy.Verdict) (fixable, unpatched counts) {
	for _, f := range v.Findings {
		if f.Fix == finding.NoFix {
			unpatched.add(f.Severity)
		} else {
			fixable.add(f.Severity)
		}
	}
	return fixable, unpatched
}

// ScanOutput counts the findings.
func ScanOutput(v *policy.Verdict) string {
	fixable, unpatched := count(v)
	return encode(struct {
		Fixable   counts `json:"vulnerabilities"`
		Unpatched counts `json:"unpatched_vulnerabilities"`
	}{fixable, unpatched})
}

// Test is a verdict in the shape of Konflux's TEST_OUTPUT:
// https://konflux-ci.dev/architecture/ADR/0030-tekton-results-naming-convention.html
type Test struct {
	// Result is SUCCESS, FAILURE, WARNING or ERROR.
	Result    string `json:"result"`
	Timestamp string `json:"timestamp"`
	Note      string `json:"note"`
	Namespace string `json:"namespace"`
	Successes int    `json:"successes"`
	Failures  int    `json:"failures"`
	Warnings  int    `json:"warnings"`
}

// mostNote is how many bytes a note has in a result, whose room is shared by all
// results of a pod.
const mostNote = 300

// TestOutput is the verdict on an image. WARNING is a pass that rests on findings
// that count later.
func TestOutput(v *policy.Verdict, at time.Time) string {
	t := Test{Note: v.Note(), Failures: len(v.Of(policy.Refuses)), Warnings: len(v.Of(policy.Tolerated))}
	switch {
	case v.Refused():
		t.Result, t.Failures = "FAILURE", max(t.Failures, 1)
	case v.Pending() > 0:
		t.Result = "WARNING"
	default:
		t.Result, t.Successes = "SUCCESS", 1
	}
	return t.text(at)
}

// Unknown is the TEST_OUTPUT where no judgement could be had.
func Unknown(why string, at time.Time) string { return Test{Result: "ERROR", Note: why}.text(at) }

// Unjudged is the TEST_OUTPUT of an image that passes without a judgement.
func Unjudged(why string, at time.Time) string {
	return Test{Result: "WARNING", Note: "passed without a verdict: " + why, Warnings: 1}.text(at)
}

func (t Test) text(at time.Time) string {
	t.Timestamp, t.Namespace = at.UTC().Format(time.RFC3339), "default"
	t.Note = short(t.Note, mostNote)
	return encode(t)
}

// short is a text on one line of at most so many bytes.
func short(s string, most int) string {
	for runes := most; ; runes-- {
		if line := plain.Line(s, runes); len(line) <= most {
			return line
		}
	}
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // numbers and strings always marshal
		panic(err)
	}
	return string(b)
}
