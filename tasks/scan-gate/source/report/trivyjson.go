// SPDX-License-Identifier: Apache-2.0

// Package report reads the reports that scanners write.
package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// trivyReport is what is read of Trivy's JSON report:
// https://trivy.dev/docs/latest/configuration/reporting/#json
type trivyReport struct {
	SchemaVersion int
	ArtifactType  string
	CreatedAt     time.Time
	Trivy         struct{ Version string }
	Metadata      struct {
		RepoDigests []string
		OS          struct {
			Family, Name string
			EOSL         bool
		}
	}
	Results []struct {
		Target          string
		Vulnerabilities []trivyFinding
	}
}

type trivyFinding struct {
	VulnerabilityID, PkgName, InstalledVersion, FixedVersion string
	Status, Severity, Title, PrimaryURL                      string
	VendorIDs, CweIDs                                        []string
	PublishedDate                                            time.Time
	PkgIdentifier                                            struct{ PURL string }
	DataSource                                               struct{ Name string }
	CVSS                                                     map[string]struct{ V3Score, V40Score float64 }
}

// Trivy reads a report of Trivy's and holds it to the image that was asked about. A
// report that is cut short, of another shape or about something else is an
// error: an empty list of findings would be a pass.
func Trivy(raw []byte, image name.Digest) (*finding.Scan, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, errors.New("the scanner's report is empty")
	}
	var report trivyReport
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if err := decoder.Decode(&report); err != nil {
		return nil, fmt.Errorf("the scanner's report is cut short or is no JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the scanner's report goes on after its end")
	}
	if report.SchemaVersion != 2 || report.ArtifactType != "container_image" {
		return nil, fmt.Errorf("the report is none of Trivy's on an image (schema %d, type %q)", report.SchemaVersion, report.ArtifactType)
	}
	if !about(report.Metadata.RepoDigests, image.DigestStr()) {
		return nil, fmt.Errorf("the report is about %v, not about %s", report.Metadata.RepoDigests, image.DigestStr())
	}
	return report.scan()
}

func (r *trivyReport) scan() (*finding.Scan, error) {
	os := r.Metadata.OS
	s := &finding.Scan{
		Packages: -1, OS: plain.Line(os.Family+" "+os.Name, 40), EndOfLife: os.EOSL,
		Scanner:  finding.Scanner{Name: "Trivy", Vendor: "Aqua Security", Version: r.Trivy.Version},
		Finished: r.CreatedAt,
	}
	if len(r.Results) == 0 {
		s.Packages = 0
		s.Caveats = append(s.Caveats, finding.Caveat{Text: "the scanner knew no package in the image"})
	}
	if s.EndOfLife {
		s.Caveats = append(s.Caveats, finding.Caveat{Text: "its distribution gets no security fixes any more", Of: s.OS})
	}
	for _, result := range r.Results {
		for _, v := range result.Vulnerabilities {
			f, err := v.finding(result.Target)
			if err != nil {
				return nil, err
			}
			s.Findings = append(s.Findings, f)
		}
	}
	return s, nil
}

func about(names []string, digest string) bool {
	for _, n := range names {
		if strings.HasSuffix(n, "@"+digest) {
			return true
		}
	}
	return false
}

func (v trivyFinding) finding(target string) (finding.Finding, error) {
	severity, err := finding.ParseSeverity(v.Severity)
	if err != nil || v.VulnerabilityID == "" {
		return finding.Finding{}, fmt.Errorf("the report has a finding that cannot be read: id %q, severity %q", v.VulnerabilityID, v.Severity)
	}
	return finding.Finding{
		ID: v.VulnerabilityID, Aliases: v.VendorIDs, Package: v.PkgName, Installed: v.InstalledVersion,
		FixedIn: v.FixedVersion, Fix: finding.FixOf(v.FixedVersion, v.Status), Status: v.Status,
		Severity: severity, CVSS: v.score(), Published: v.PublishedDate, PURL: v.PkgIdentifier.PURL, Target: target,
		CWE: v.CweIDs, Title: v.Title, URL: v.PrimaryURL, Source: v.DataSource.Name,
	}, nil
}

// score is the highest that anyone gives.
func (v trivyFinding) score() float64 {
	var most float64
	for _, by := range v.CVSS {
		most = max(most, by.V3Score, by.V40Score)
	}
	return most
}
