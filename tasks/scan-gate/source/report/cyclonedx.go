// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/package-url/packageurl-go"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// cycloneDX reads the vulnerabilities of a CycloneDX bill of materials, or of a VEX
// document: https://cyclonedx.org/docs/1.6/json/#vulnerabilities
func cycloneDX(raw []byte, s Subject) (*finding.Scan, error) {
	if err := decode(raw, new(json.RawMessage)); err != nil { // the library reads no further than the first document
		return nil, err
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(raw), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return nil, fmt.Errorf("the scanner's report is cut short or no CycloneDX: %w", err)
	}
	scan := &finding.Scan{Packages: -1}
	var image cdx.Component
	if bom.Metadata != nil {
		image = *cmp.Or(bom.Metadata.Component, &image)
		scan.Scanner = toolOf(bom.Metadata.Tools)
		scan.Finished, _ = time.Parse(time.RFC3339, bom.Metadata.Timestamp) // it may be left out
	}
	if err := s.check(digestsOf(image)); err != nil {
		return nil, err
	}
	if len(list(bom.Vulnerabilities)) == 0 && !s.Vouched {
		return nil, step.Hint(errors.New("the report names no vulnerability, as does a bill of materials that nobody scanned"), "where you know that it was scanned, say so with --trust-report")
	}
	parts := componentsOf(map[string]cdx.Component{}, list(bom.Components))
	for _, v := range list(bom.Vulnerabilities) {
		found, err := findingsOf(v, parts)
		if err != nil {
			return nil, err
		}
		scan.Findings = append(scan.Findings, found...)
	}
	return scan, nil
}

// list is what a pointer to a list, as the library has them, holds.
func list[T any](l *[]T) []T {
	if l == nil {
		return nil
	}
	return *l
}

// toolOf is the program that wrote it.
func toolOf(t *cdx.ToolsChoice) (s finding.Scanner) {
	if t == nil {
		return s
	}
	for _, tool := range list(t.Tools) { // the form of CycloneDX 1.4, which is still written
		s = finding.Scanner{Name: plain.Line(tool.Name, 80), Vendor: plain.Line(tool.Vendor, 80), Version: plain.Line(tool.Version, 80)}
	}
	for _, c := range list(t.Components) {
		s = finding.Scanner{Name: plain.Line(c.Name, 80), Version: plain.Line(c.Version, 80)}
	}
	return s
}

// digestsOf are the digests that the component "image" says it has: in its package
// URL, pkg:oci/NAME@sha256:…, or else among its hashes.
func digestsOf(image cdx.Component) (digests []string) {
	if p, err := packageurl.FromString(image.PackageURL); err == nil && p.Type == packageurl.TypeOCI {
		return []string{p.Version}
	}
	for _, h := range list(image.Hashes) {
		if h.Algorithm == cdx.HashAlgoSHA256 {
			digests = append(digests, "sha256:"+h.Value)
		}
	}
	return digests
}

// componentsOf lists components, and those within them, by their reference.
func componentsOf(by map[string]cdx.Component, components []cdx.Component) map[string]cdx.Component {
	for _, c := range components {
		by[c.BOMRef] = c
		componentsOf(by, list(c.Components))
	}
	return by
}

// findingsOf are a vulnerability's findings, one for each component that it affects.
func findingsOf(v cdx.Vulnerability, parts map[string]cdx.Component) ([]finding.Finding, error) {
	severity, score, err := rated(list(v.Ratings))
	if err != nil || v.ID == "" {
		return nil, unread(v.ID, fmt.Sprint(err))
	}
	f := finding.Finding{ID: v.ID, Severity: severity, CVSS: score, Title: plain.Line(v.Description, 200)}
	f.Published, _ = time.Parse(time.RFC3339, v.Published) // it may be left out
	if v.Source != nil {
		f.Source, f.URL = v.Source.Name, v.Source.URL
	}
	for _, r := range list(v.References) {
		f.Aliases = append(f.Aliases, r.ID)
	}
	for _, n := range list(v.CWEs) {
		f.CWE = append(f.CWE, "CWE-"+strconv.Itoa(n))
	}
	if f.Dismissed, err = dismissed(v.Analysis); err != nil {
		return nil, fmt.Errorf("the finding %s: %w", plain.Line(v.ID, 60), err)
	}
	var found []finding.Finding
	for _, a := range list(v.Affects) {
		in := f
		in.Package, in.Installed, in.PURL = component(a.Ref, parts)
		in.FixedIn = upgrade(v.Recommendation, in.Package)
		in.Fix = finding.FixOf(in.FixedIn, "")
		found = append(found, in)
	}
	if len(found) == 0 {
		found = append(found, f)
	}
	return found, nil
}

// rated is the worst of the ratings, which differ by who gives them.
func rated(ratings []cdx.VulnerabilityRating) (worst finding.Severity, score float64, err error) {
	for _, r := range ratings {
		word := r.Severity
		if word == cdx.SeverityInfo {
			word = cdx.SeverityLow
		}
		severity, err := finding.ScannerSeverity(string(word))
		if err != nil {
			return 0, 0, err
		}
		var given float64
		if r.Score != nil && (r.Method == "" || strings.HasPrefix(string(r.Method), "CVSSv")) {
			given = *r.Score
		}
		score, worst = max(score, given), max(worst, severity.Or(given))
	}
	return worst, score, nil
}

// dismissed is why the report itself says that a finding does not matter.
func dismissed(a *cdx.VulnerabilityAnalysis) (string, error) {
	if a == nil {
		return "", nil
	}
	switch a.State {
	case "", cdx.IASExploitable, cdx.IASInTriage:
		return "", nil
	case cdx.IASNotAffected, cdx.IASFalsePositive, cdx.IASResolved, cdx.IASResolvedWithPedigree:
		return plain.Line(strings.Join([]string{string(a.State), string(a.Justification), a.Detail}, " "), 200), nil
	default:
		return "", fmt.Errorf("its analysis has the state %q, which is unknown", plain.Line(string(a.State), 40))
	}
}

// component is what a reference points to: a component of the document, or in a VEX
// document one of another, by a link that ends in that one's reference.
func component(ref string, parts map[string]cdx.Component) (name, version, purl string) {
	if _, fragment, ok := strings.Cut(ref, "#"); ok && strings.HasPrefix(ref, "urn:cdx:") {
		if unescaped, err := url.PathUnescape(fragment); err == nil {
			ref = unescaped
		}
	}
	if c, ok := parts[ref]; ok {
		return c.Name, c.Version, c.PackageURL
	}
	if p, err := packageurl.FromString(ref); err == nil {
		return p.Name, p.Version, ref
	}
	return ref, "", ""
}

// upgrade is the version of a package that is recommended, in the words of Trivy:
// "Upgrade a to version 1; Upgrade b to version 2".
func upgrade(recommendation, name string) string {
	for clause := range strings.SplitSeq(recommendation, "; ") {
		if version, ok := strings.CutPrefix(clause, "Upgrade "+name+" to version "); ok {
			return plain.Line(version, 80)
		}
	}
	return ""
}
