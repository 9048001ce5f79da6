// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"time"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// trivyReport is what is read of Trivy's JSON report:
// https://trivy.dev/docs/latest/configuration/reporting/#json
type trivyReport struct {
	SchemaVersion int
	ArtifactType  string
	CreatedAt     time.Time
	Trivy         struct {
		Version string
		// Server is told where Trivy asked one.
		Server struct{ VulnerabilityDB struct{ UpdatedAt time.Time } }
	}
	Metadata struct {
		RepoDigests []string
		OS          struct {
			Family, Name string
			EOSL         bool
		}
	}
	Results []struct {
		Target          string
		Vulnerabilities []trivyFinding
		// Suppressed are those that an ignore list or document of Trivy's own took away.
		Suppressed []struct {
			Type    string
			Finding trivyFinding
		} `json:"ExperimentalModifiedFindings"`
	}
}

type trivyFinding struct {
	VulnerabilityID, PkgName, InstalledVersion, FixedVersion string
	Status, Severity, Title, PrimaryURL                      string
	VendorIDs, CweIDs                                        []string
	PublishedDate                                            time.Time
	PkgIdentifier                                            struct{ PURL string }
	DataSource                                               struct{ Name string }
	CVSS                                                     map[string]struct{ V2Score, V3Score, V40Score float64 }
}

// Trivy reads a report of Trivy's. What it suppresses counts all the same: what is excepted
// stands in the policy.
func Trivy(raw []byte, s Subject) (*finding.Scan, error) {
	var report trivyReport
	if err := decode(raw, &report); err != nil {
		return nil, err
	}
	if report.SchemaVersion != 2 || report.ArtifactType != "container_image" {
		return nil, fmt.Errorf("the report is none of Trivy's on an image (schema %d, type %q)", report.SchemaVersion, plain.Line(report.ArtifactType, 40))
	}
	if err := s.check(report.Metadata.RepoDigests); err != nil {
		return nil, err
	}
	return report.scan()
}

func (r *trivyReport) scan() (*finding.Scan, error) {
	os := r.Metadata.OS
	s := &finding.Scan{
		Packages: -1, OS: plain.Line(os.Family+" "+os.Name, 40), EndOfLife: os.EOSL,
		Scanner:  finding.Scanner{Name: "Trivy", Vendor: "Aqua Security", Version: r.Trivy.Version},
		Database: r.Trivy.Server.VulnerabilityDB.UpdatedAt,
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
		all := result.Vulnerabilities
		for _, m := range result.Suppressed {
			if m.Type == "vulnerability" {
				all = append(all, m.Finding)
			}
		}
		for _, v := range all {
			f, err := v.finding(result.Target)
			if err != nil {
				return nil, err
			}
			s.Findings = append(s.Findings, f)
		}
	}
	return s, nil
}

func (v trivyFinding) finding(target string) (finding.Finding, error) {
	severity, err := finding.ParseSeverity(v.Severity)
	if err != nil || v.VulnerabilityID == "" {
		return finding.Finding{}, unread(v.VulnerabilityID, v.Severity)
	}
	return finding.Finding{
		ID: v.VulnerabilityID, Aliases: v.VendorIDs, Package: v.PkgName, Installed: v.InstalledVersion,
		FixedIn: v.FixedVersion, Fix: finding.FixOf(v.FixedVersion, v.Status), Status: v.Status,
		Severity: severity.Or(v.score()), CVSS: v.score(), Published: v.PublishedDate, PURL: v.PkgIdentifier.PURL, Target: target,
		CWE: v.CweIDs, Title: v.Title, URL: v.PrimaryURL, Source: v.DataSource.Name,
	}, nil
}

// score is the highest that anyone gives, of an older scale where there is no newer.
func (v trivyFinding) score() float64 {
	var most float64
	for _, by := range v.CVSS {
		most = max(most, by.V3Score, by.V40Score)
	}
	if most > 0 {
		return most
	}
	for _, by := range v.CVSS {
		most = max(most, by.V2Score)
	}
	return most
}
