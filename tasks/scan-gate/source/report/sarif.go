// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// sarifLog is what is read of a SARIF log:
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
type sarifLog struct {
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool struct {
		Driver     sarifTool   `json:"driver"`
		Extensions []sarifTool `json:"extensions"`
	} `json:"tool"`
	Invocations []struct {
		Successful *bool `json:"executionSuccessful"`
	} `json:"invocations"`
	// Properties are Trivy's, and those that the gate itself writes.
	Properties struct {
		RepoDigests []string `json:"repoDigests"`
	} `json:"properties"`
	Results []sarifResult `json:"results"`
}

type sarifTool struct {
	Name    string      `json:"name"`
	Version string      `json:"version"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string    `json:"id"`
	HelpURI          string    `json:"helpUri"`
	ShortDescription sarifText `json:"shortDescription"`
	Help             sarifText `json:"help"`
	// Default has the level of results that have none of their own.
	Default struct {
		Level string `json:"level"`
	} `json:"defaultConfiguration"`
	Properties struct {
		// Score is a CVSS score in words, as GitHub's code scanning wants it.
		Score string `json:"security-severity"`
	} `json:"properties"`
}

type sarifResult struct {
	RuleID    string    `json:"ruleId"`
	RuleIndex *int      `json:"ruleIndex"`
	Level     string    `json:"level"`
	Message   sarifText `json:"message"`
	Locations []struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
		} `json:"physicalLocation"`
	} `json:"locations"`
}

type sarifText struct {
	Text string `json:"text"`
}

// sarif reads a SARIF log. Suppressions are the tool's own and count for nothing:
// what is excepted stands in the policy.
func sarif(raw []byte, s Subject) (*finding.Scan, error) {
	var log sarifLog
	if err := decode(raw, &log); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(log.Version, "2.1.") || len(log.Runs) == 0 {
		return nil, fmt.Errorf("the report is no SARIF 2.1 with a run in it (version %q, %d runs)", plain.Line(log.Version, 20), len(log.Runs))
	}
	scan := &finding.Scan{Packages: -1}
	for _, run := range log.Runs {
		if err := run.check(s); err != nil {
			return nil, err
		}
		scan.Scanner = finding.Scanner{Name: plain.Line(run.Tool.Driver.Name, 80), Version: plain.Line(run.Tool.Driver.Version, 80)}
		rules := run.rules()
		for _, result := range run.Results {
			f, err := result.finding(run.ruleOf(result, rules))
			if err != nil {
				return nil, err
			}
			scan.Findings = append(scan.Findings, f)
		}
	}
	return scan, nil
}

// check finds out whether a run is whole and about the image. A run without a
// list of results is one that failed (section 3.14.23).
func (r *sarifRun) check(s Subject) error {
	for _, i := range r.Invocations {
		if i.Successful != nil && !*i.Successful {
			return errors.New("the report is of a scan that failed, by its own word")
		}
	}
	if r.Results == nil {
		return errors.New("the report has a run without a list of results, which is no word that there are none")
	}
	return s.check(r.Properties.RepoDigests)
}

// rules are what the tool and its extensions say of rules, by name.
func (r *sarifRun) rules() map[string]sarifRule {
	rules := map[string]sarifRule{}
	for _, tool := range append(r.Tool.Extensions, r.Tool.Driver) {
		for _, rule := range tool.Rules {
			rules[rule.ID] = rule
		}
	}
	return rules
}

// ruleOf is a result's rule: the one of its name, or of what stands before the
// slash in that, or else the one of its number (sections 3.27.5 and 3.27.6).
func (r *sarifRun) ruleOf(result sarifResult, rules map[string]sarifRule) sarifRule {
	above, _, _ := strings.Cut(result.RuleID, "/")
	for _, id := range []string{result.RuleID, above} {
		if rule, ok := rules[id]; ok && id != "" {
			return rule
		}
	}
	if i := result.RuleIndex; i != nil && *i >= 0 && *i < len(r.Tool.Driver.Rules) {
		return r.Tool.Driver.Rules[*i]
	}
	return sarifRule{}
}

// identifier is a vulnerability's name, which some tools follow up with a package.
var identifier = regexp.MustCompile(`^(CVE-\d{4}-\d{4,}|GHSA(-[0-9a-z]{4}){3})`)

// finding reads a result. SARIF has no fields for packages; Trivy and others say
// them in lines like "Package: openssl", here or in the rule's help.
func (r sarifResult) finding(rule sarifRule) (finding.Finding, error) {
	said := linesOf(r.Message.Text, rule.Help.Text)
	id := cmp.Or(r.RuleID, rule.ID)
	if short := identifier.FindString(id); short != "" {
		id = short
	}
	severity, score, err := r.severity(rule, said["Severity"])
	if err != nil || id == "" {
		return finding.Finding{}, unread(r.RuleID, strings.Join(said["Severity"], " "))
	}
	f := finding.Finding{
		ID: id, Package: first(said["Package"]), Installed: first(append(said["Installed Version"], said["Version"]...)),
		Severity: severity, CVSS: score, Title: plain.Line(rule.ShortDescription.Text, 200), URL: rule.HelpURI,
	}
	if len(r.Locations) > 0 {
		f.Target = r.Locations[0].Physical.Artifact.URI
	}
	if fixes := append(said["Fixed Version"], said["Fix Version"]...); len(fixes) > 0 {
		f.Fix, f.FixedIn = finding.NoFix, first(fixes)
		if f.FixedIn != "" {
			f.Fix = finding.Fixed
		}
	}
	return f, nil
}

// severity is the worst that is told: names that the image's author chose stand
// among the lines, and could have lines of their own.
func (r sarifResult) severity(rule sarifRule, said []string) (worst finding.Severity, score float64, err error) {
	if rule.Properties.Score != "" {
		if score, err = strconv.ParseFloat(rule.Properties.Score, 64); err != nil {
			return 0, 0, err
		}
		worst = finding.OfScore(score)
	}
	for _, word := range said {
		severity, err := finding.ScannerSeverity(word)
		if err != nil {
			return 0, 0, err
		}
		worst = max(worst, severity)
	}
	if score > 0 || len(said) > 0 {
		return worst, score, nil
	}
	switch level := cmp.Or(r.Level, rule.Default.Level); level {
	case "none":
		return finding.Unknown, 0, nil
	case "note":
		return finding.Low, 0, nil
	case "warning", "":
		return finding.Medium, 0, nil
	case "error": // it may be the worst
		return finding.Critical, 0, nil
	default:
		return 0, 0, fmt.Errorf("its level %q is unknown", plain.Line(level, 20))
	}
}

// linesOf are the lines "Key: value" of some texts, by their key.
func linesOf(texts ...string) map[string][]string {
	said := map[string][]string{}
	for _, text := range texts {
		for line := range strings.Lines(text) {
			if key, value, ok := strings.Cut(line, ":"); ok {
				said[key] = append(said[key], strings.TrimSpace(value))
			}
		}
	}
	return said
}

// first is the first that is not empty.
func first(words []string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}
