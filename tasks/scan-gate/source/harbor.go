// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// Harbor is the scanner of the Harbor that the image lies in.
type Harbor struct {
	// Client is of the registry, and Log is told how far a scan is.
	Client *harbor.Client
	Log    *slog.Logger
	// Dated asks for a new scan, for only of one that begins now Harbor tells how
	// old the scanner's knowledge is.
	Dated bool
	// Timeout is how long the scan may take.
	Timeout time.Duration
}

// recent is how old a finished scan may be that is taken in place of a new one, such
// as the one that Harbor began at the push, unless the scanner has learnt something
// since. A new one would erase its report, and where the project lets nobody pull
// what was not scanned, stop an image that is deployed from being pulled meanwhile.
const recent = time.Hour

// Scan begins a scan, or waits for the one that runs, and reads its report.
func (h *Harbor) Scan(ctx context.Context, image name.Digest) (*finding.Scan, error) {
	o := harbor.ScanOptions{Timeout: h.Timeout, Reuse: recent, Log: h.Log}
	if h.Dated {
		o.Reuse = 0
	}
	reports, err := h.Client.Scan(ctx, image, o)
	if err != nil {
		return nil, err
	}
	var scans []*finding.Scan
	for _, r := range reports {
		s, err := harborScan(r)
		if err != nil {
			return nil, err
		}
		scans = append(scans, s)
	}
	return merge(scans), nil
}

// harborScan puts a report into the shape of all.
func harborScan(r *harbor.Report) (*finding.Scan, error) {
	s := &finding.Scan{
		Packages: -1, Database: r.Database, Started: r.Started, Finished: r.Finished, Report: r.ID,
		Scanner: finding.Scanner{Name: plain.Line(r.Scanner.Name, 80), Vendor: plain.Line(r.Scanner.Vendor, 80), Version: plain.Line(r.Scanner.Version, 80)},
	}
	for _, limit := range r.Limits {
		s.Caveats = append(s.Caveats, finding.Caveat{Text: limit})
	}
	if len(r.Vulnerabilities) == 0 {
		s.Caveats = append(s.Caveats, finding.Caveat{Text: "Harbor does not say whether its scanner knew any package in the image"})
	}
	for _, v := range r.Vulnerabilities {
		severity, err := finding.ScannerSeverity(v.Severity)
		if err != nil {
			return nil, fmt.Errorf("reading Harbor's report on %s: finding %s: %w", r.Image, plain.Line(v.ID, 80), err)
		}
		f := finding.Finding{
			ID: v.ID, Package: v.Package, Installed: v.Version, FixedIn: v.FixVersion, Fix: finding.FixOf(v.FixVersion, v.Status),
			Status: v.Status, Severity: severity, Title: plain.Line(v.Description, 200), Source: r.Scanner.Name,
			CWE: slices.DeleteFunc(v.CWE, func(id string) bool { return id == "" }),
		}
		if len(v.Links) > 0 {
			f.URL = v.Links[0]
		}
		for _, score := range []*float64{v.CVSS.V3, v.CVSS.V2} {
			if f.CVSS == 0 && score != nil {
				f.CVSS = *score
			}
		}
		f.Severity = severity.Or(f.CVSS)
		if r.Platform != "" {
			f.Platform, f.Child = r.Platform, r.Image.DigestStr()
		}
		s.Findings = append(s.Findings, f)
	}
	return s, nil
}
