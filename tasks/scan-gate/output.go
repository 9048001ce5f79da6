// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// print writes the verdict for people, or as JSON.
func (v *verdict) print(w io.Writer, format string, digest name.Digest) error {
	if format == "json" {
		return json.NewEncoder(w).Encode(map[string]any{
			"image": digest.String(), "verdict": v.word(), "note": v.note(),
			"refusing": orEmpty(v.Refusing), "ignored": orEmpty(v.Ignored), "tolerated": orEmpty(v.Tolerated),
		})
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(v.Refusing) > 0 {
		_, _ = fmt.Fprintln(table, "SEVERITY\tID\tPACKAGE\tINSTALLED\tFIXED IN\tTITLE") // Flush tells what went wrong
	}
	for _, f := range v.Refusing { // the image's author may have chosen any word of the report
		_, _ = fmt.Fprintln(table, strings.Join([]string{f.Severity.String(), plain.Line(f.ID, 40), plain.Line(f.Package, 40), plain.Line(f.Installed, 30), orDash(plain.Line(f.FixedIn, 30)), plain.Line(f.Title, 60)}, "\t"))
	}
	_, _ = fmt.Fprintf(table, "%s: %s\n", v.word(), v.note())
	return table.Flush()
}

func orEmpty(fs []finding.Finding) []finding.Finding {
	if fs == nil {
		return []finding.Finding{}
	}
	return fs
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

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

// count counts all findings, those without a fix apart.
func (v *verdict) count() (fixable, unpatched counts) {
	for _, fs := range [][]finding.Finding{v.Refusing, v.Ignored, v.Tolerated} {
		for _, f := range fs {
			if f.Fix == finding.NoFix {
				unpatched.add(f.Severity)
			} else {
				fixable.add(f.Severity)
			}
		}
	}
	return fixable, unpatched
}

func (v *verdict) scanOutput() string {
	fixable, unpatched := v.count()
	return encode(struct {
		Fixable   counts `json:"vulnerabilities"`
		Unpatched counts `json:"unpatched_vulnerabilities"`
	}{fixable, unpatched})
}

// testOutput is in the shape of Konflux's TEST_OUTPUT:
// https://konflux-ci.dev/architecture/ADR/0030-tekton-results-naming-convention.html
func testOutput(result, note string, failures, warnings int, at time.Time) string {
	successes := 0
	if result == "SUCCESS" {
		successes = 1
	}
	return encode(struct {
		Result    string `json:"result"`
		Timestamp string `json:"timestamp"`
		Note      string `json:"note"`
		Namespace string `json:"namespace"`
		Successes int    `json:"successes"`
		Failures  int    `json:"failures"`
		Warnings  int    `json:"warnings"`
	}{result, at.UTC().Format(time.RFC3339), plain.Line(note, 500), "default", successes, failures, warnings})
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // numbers and strings always marshal
		panic(err)
	}
	return string(b)
}

// setVerdict fills in the results.
func (o *options) setVerdict(v *verdict) {
	o.verdict.Set(v.word())
	o.scanOutput.Set(v.scanOutput())
	o.summary.Set(v.summary())
	result := "SUCCESS"
	if len(v.Refusing) > 0 {
		result = "FAILURE"
	}
	o.testOutput.Set(testOutput(result, v.note(), len(v.Refusing), len(v.Tolerated), o.now()))
}

// setUnknown fills in the results where there is no verdict.
func (o *options) setUnknown(why string) {
	o.verdict.Set("unknown")
	o.testOutput.Set(testOutput("ERROR", why, 0, 0, o.now()))
}
