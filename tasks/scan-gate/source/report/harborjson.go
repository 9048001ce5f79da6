// SPDX-License-Identifier: Apache-2.0

package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// The media types of reports that Harbor keeps and that its scanners write, in the
// words of https://github.com/goharbor/pluggable-scanner-spec.
const (
	Generic    = "application/vnd.security.vulnerability.report; version=1.1"
	HarborOnly = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0"
)

// harborReport is a scanner's report. Harbor's API gives an object with its
// media type as key, scanners give it as it is and name the artifact.
type harborReport struct {
	GeneratedAt time.Time `json:"generated_at"`
	Artifact    struct {
		Digest string `json:"digest"`
	} `json:"artifact"`
	Scanner         finding.Scanner `json:"scanner"`
	Severity        string          `json:"severity"`
	Vulnerabilities []harborFinding `json:"vulnerabilities"`
}

type harborFinding struct {
	ID              string   `json:"id"`
	Package         string   `json:"package"`
	Version         string   `json:"version"`
	FixVersion      string   `json:"fix_version"`
	Severity        string   `json:"severity"`
	Status          string   `json:"status"`
	Description     string   `json:"description"`
	Links           []string `json:"links"`
	ArtifactDigests []string `json:"artifact_digests"`
	CWE             []string `json:"cwe_ids"`
	PreferredCVSS   struct {
		V3 float64 `json:"score_v3"`
		V2 float64 `json:"score_v2"`
	} `json:"preferred_cvss"`
}

// Harbor reads the report that Harbor's API gives, or the one that a scanner of
// Harbor's gives. On an index Harbor joins the reports on its images.
func Harbor(raw []byte, s Subject) (*finding.Scan, error) {
	report, err := openHarbor(raw)
	if err != nil {
		return nil, err
	}
	if report.Vulnerabilities == nil || report.GeneratedAt.IsZero() {
		return nil, errors.New("the report carries no list of findings, or not when it was made, which is no word that there are none")
	}
	names := report.names()
	if err := errors.Join(s.check(names), s.covers(names)); err != nil {
		return nil, err
	}
	scan := &finding.Scan{Packages: -1, Scanner: report.Scanner, Finished: report.GeneratedAt}
	worst := finding.Unknown
	for _, v := range report.Vulnerabilities {
		f, err := v.finding(s)
		if err != nil {
			return nil, err
		}
		worst = max(worst, f.Severity)
		scan.Findings = append(scan.Findings, f)
	}
	whole, err := finding.ScannerSeverity(report.Severity)
	if err != nil {
		return nil, fmt.Errorf("the report as a whole: %w", err)
	}
	if whole > worst {
		return nil, fmt.Errorf("the report's severity is %s, and the worst of its %d findings is %s: some are missing", whole, len(scan.Findings), worst)
	}
	return scan, nil
}

// openHarbor takes the report out of the answer of Harbor's API.
func openHarbor(raw []byte) (*harborReport, error) {
	var keys map[string]json.RawMessage
	if err := decode(raw, &keys); err != nil {
		return nil, err
	}
	generic, isGeneric := keys[Generic]
	if only, ok := keys[HarborOnly]; ok {
		if isGeneric {
			return nil, errors.New("the answer has two reports, and nothing says which one counts")
		}
		raw = only
	} else if isGeneric {
		raw = generic
	}
	var report harborReport
	return &report, decode(raw, &report)
}

// names are the digests that the report says it is about. Findings that name none
// leave it open, unless the report names one itself.
func (r *harborReport) names() []string {
	if r.Artifact.Digest != "" {
		return []string{r.Artifact.Digest}
	}
	var names []string
	for _, v := range r.Vulnerabilities {
		if len(v.ArtifactDigests) == 0 {
			return nil
		}
		names = append(names, v.ArtifactDigests...)
	}
	return names
}

func (v harborFinding) finding(s Subject) (finding.Finding, error) {
	severity, err := finding.ScannerSeverity(v.Severity)
	if err != nil || v.ID == "" {
		return finding.Finding{}, unread(v.ID, v.Severity)
	}
	score := max(v.PreferredCVSS.V3, v.PreferredCVSS.V2)
	f := finding.Finding{
		ID: v.ID, Package: v.Package, Installed: v.Version, FixedIn: v.FixVersion, Fix: finding.FixOf(v.FixVersion, v.Status), Status: v.Status,
		Severity: severity.Or(score), CVSS: score, CWE: v.CWE, Title: plain.Line(v.Description, 200),
	}
	if len(v.Links) > 0 {
		f.URL = v.Links[0]
	}
	if len(v.ArtifactDigests) == 0 {
		return f, nil
	}
	if err := s.check(v.ArtifactDigests); err != nil {
		return f, fmt.Errorf("the finding %s: %w", plain.Line(v.ID, 60), err)
	}
	if child := v.ArtifactDigests[0]; child != s.Image {
		f.Child = child
	}
	return f, nil
}
