// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/plain"
)

// reportFile is a Trivy report that lies in a file.
type reportFile string

func (f reportFile) scan(_ context.Context, image name.Digest) (*scan, error) {
	raw, err := os.ReadFile(string(f))
	if err != nil {
		return nil, fmt.Errorf("reading the report: %w", err)
	}
	return parseReport(raw, image)
}

// trivyReport is what is read of Trivy's JSON report:
// https://trivy.dev/docs/latest/configuration/reporting/#json
type trivyReport struct {
	SchemaVersion int
	ArtifactType  string
	Metadata      struct {
		RepoDigests []string
		OS          struct {
			Family, Name string
			EOSL         bool
		}
	}
	Results []struct {
		Target          string
		Vulnerabilities []struct {
			VulnerabilityID, PkgName, InstalledVersion, FixedVersion string
			Severity, Title, PrimaryURL                              string
			PkgIdentifier                                            struct{ PURL string }
		}
	}
}

// parseReport reads a report and holds it to the image that was asked about. A
// report that is cut short, of another shape or about something else is an
// error: an empty list of findings would be a pass.
func parseReport(raw []byte, image name.Digest) (*scan, error) {
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
	findings, err := report.findings()
	return &scan{findings, report.caveats()}, err
}

func (r *trivyReport) caveats() []caveat {
	var all []caveat
	if len(r.Results) == 0 {
		all = append(all, caveat{text: "the scanner knew no package in the image"})
	}
	if os := r.Metadata.OS; os.EOSL {
		all = append(all, caveat{"its distribution gets no security fixes any more", plain.Line(os.Family+" "+os.Name, 40)})
	}
	return all
}

// caveat says where no findings need not mean that there is nothing to find.
type caveat struct {
	text string
	of   string // in words of the report; may be empty
}

func (c caveat) String() string {
	if c.of == "" {
		return c.text
	}
	return c.text + ": " + c.of
}

func about(names []string, digest string) bool {
	for _, n := range names {
		if strings.HasSuffix(n, "@"+digest) {
			return true
		}
	}
	return false
}

func (r *trivyReport) findings() ([]finding, error) {
	var all []finding
	for _, result := range r.Results {
		for _, v := range result.Vulnerabilities {
			severity, err := parseSeverity(v.Severity)
			if err != nil || v.VulnerabilityID == "" {
				return nil, fmt.Errorf("the report has a finding that cannot be read: id %q, severity %q", v.VulnerabilityID, v.Severity)
			}
			all = append(all, finding{
				ID: v.VulnerabilityID, Package: v.PkgName, Installed: v.InstalledVersion, Fixed: v.FixedVersion,
				Severity: severity, Title: v.Title, URL: v.PrimaryURL, PURL: v.PkgIdentifier.PURL, Target: result.Target,
			})
		}
	}
	return all, nil
}
