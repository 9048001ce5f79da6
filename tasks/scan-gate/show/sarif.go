// SPDX-License-Identifier: Apache-2.0

package show

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
)

// What is written of SARIF:
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
		Properties  struct {
			RepoDigests []string `json:"repoDigests"`
		} `json:"properties"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID         string            `json:"id"`
		Short      sarifText         `json:"shortDescription"`
		HelpURI    string            `json:"helpUri,omitempty"`
		Properties map[string]string `json:"properties,omitempty"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region struct {
				StartLine int `json:"startLine"`
			} `json:"region"`
		} `json:"physicalLocation"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
)

// sarif writes the answer for code scanning. What refuses is an error, what the
// policy excepts is suppressed, and the rest is a note; the rules of the policy that
// refuse, and caveats, are notifications.
func (a Answer) sarif(w io.Writer) error {
	run := sarifRun{Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: orDash(plain.Line(a.Scan.Scanner.Name, 80)), Version: plain.Line(a.Scan.Scanner.Version, 80), Rules: []sarifRule{}}
	run.Properties.RepoDigests = []string{a.Image.String()}
	told := map[string]bool{}
	for _, f := range a.Verdict.Findings {
		if id := plain.Line(f.ID, 120); !told[id] {
			told[id] = true
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, ruleOf(id, f.Finding))
		}
		run.Results = append(run.Results, a.result(f))
	}
	run.Invocations = []sarifInvocation{{Successful: true, Notifications: a.notifications()}}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	return encoder.Encode(sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}

func (a Answer) notifications() []sarifNotification {
	var all []sarifNotification
	for _, r := range a.Verdict.RefusingRules() {
		all = append(all, sarifNotification{"error", sarifText{plain.Line("rule "+r.Name+" of the policy refuses: "+r.Reason, 400)}})
	}
	for _, c := range a.Verdict.Caveats {
		all = append(all, sarifNotification{"warning", sarifText{plain.Line(c.String(), 400)}})
	}
	return all
}

// ruleOf describes a vulnerability. Code scanning takes its severity from a score.
func ruleOf(id string, f finding.Finding) sarifRule {
	rule := sarifRule{ID: id, Short: sarifText{orDash(plain.Line(f.Title, 200))}}
	if url := plain.Line(f.URL, 500); url == f.URL && strings.HasPrefix(url, "https://") && !strings.Contains(url, " ") {
		rule.HelpURI = url
	}
	if f.CVSS > 0 {
		rule.Properties = map[string]string{"security-severity": strconv.FormatFloat(f.CVSS, 'f', 1, 64)}
	}
	return rule
}

// result says what was found, in the lines in which Trivy's SARIF does. It is in line
// 1 of a file that is called as the image's repository, and has a fingerprint of its
// own: code scanning refuses a log with the address of anything but a file, and
// takes results for the same from one run to the next by these.
// https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning
func (a Answer) result(f policy.Judged) sarifResult {
	lines := []string{"Package: " + plain.Line(f.Package, 120), "Installed Version: " + plain.Line(f.Installed, 80), "Vulnerability: " + plain.Line(f.ID, 120), "Severity: " + f.Severity.String()}
	if f.Fix != finding.FixUnknown {
		lines = append(lines, "Fixed Version: "+plain.Line(f.FixedIn, 120))
	}
	lines = append(lines, fmt.Sprintf("Policy: %s (%s)", f.Outcome, plain.Line(f.Because, 300)))
	sum := sha256.Sum256([]byte(f.Key()))
	r := sarifResult{
		RuleID: plain.Line(f.ID, 120), Level: "note", Message: sarifText{strings.Join(lines, "\n")},
		Locations: make([]sarifLocation, 1), Fingerprints: map[string]string{"primaryLocationLineHash": hex.EncodeToString(sum[:8]) + ":1"},
	}
	r.Locations[0].Physical.Artifact.URI = a.Image.Context().RepositoryStr()
	r.Locations[0].Physical.Region.StartLine = 1
	switch f.Outcome {
	case policy.Refuses:
		r.Level = "error"
	case policy.Excepted:
		r.Level = "warning"
		r.Suppressions = []sarifSuppression{{"external", plain.Line(f.Because, 300)}}
	case policy.Tolerated:
	}
	return r
}
