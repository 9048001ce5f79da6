// SPDX-License-Identifier: Apache-2.0

// Package report reads the reports that scanners write: Trivy's JSON, Harbor's,
// SARIF and CycloneDX.
//
// A report that is cut short, of another shape, about another image or about none
// that it names is an error: an empty list of findings would be a pass.
package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// The formats.
const (
	FormatAuto      = "auto"
	FormatTrivy     = "trivy"
	FormatHarbor    = "harbor"
	FormatSARIF     = "sarif"
	FormatCycloneDX = "cyclonedx"
)

// Subject is what a report has to be about.
type Subject struct {
	// Image is the digest that was asked about, and Children are those of its
	// images where it is an index.
	Image    string
	Children []string
	// Vouched tells that the caller knows a report to be about the image, and whole,
	// which the report itself does not tell.
	Vouched bool
}

// About is the subject of a report on one image.
func About(image name.Digest) Subject { return Subject{Image: image.DigestStr()} }

// has tells whether a digest, or a reference with one, is the subject's.
func (s Subject) has(ref string) bool {
	return slices.Contains(append(s.Children, s.Image), ref[strings.LastIndex(ref, "@")+1:])
}

// check holds the names that a report gives to what it is about against the
// subject: one of them is enough, another image's never is.
func (s Subject) check(names []string) error {
	switch {
	case slices.ContainsFunc(names, s.has):
		return nil
	case len(names) > 0:
		return fmt.Errorf("the report is about %s, not about %s", plain.Line(strings.Join(names, ", "), 200), s.Image)
	case s.Vouched:
		return nil
	default:
		return step.Hint(fmt.Errorf("the report does not name the digest that it is about, %s is wanted", s.Image), "where you know that it is about this image, say so with --trust-report")
	}
}

// covers checks that a report on an index is one on all of its images. In which of
// them nothing was found it may leave out, and then nobody knows that they were
// looked at.
func (s Subject) covers(names []string) error {
	if len(s.Children) < 2 || s.Vouched || slices.Contains(names, s.Image) {
		return nil
	}
	for _, child := range s.Children {
		if !slices.Contains(names, child) {
			return step.Hint(fmt.Errorf("the report does not name %s, which is one of %d images in the index", child, len(s.Children)), "where you know that nothing was found in it, say so with --trust-report")
		}
	}
	return nil
}

// Read reads a report of a format, or of the one that it shows to have.
func Read(raw []byte, format string, s Subject) (*finding.Scan, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, errors.New("the scanner's report is empty")
	}
	if format == FormatAuto || format == "" {
		var err error
		if format, err = detect(raw); err != nil {
			return nil, err
		}
	}
	if len(s.Children) > 1 && format != FormatHarbor {
		return nil, step.Hint(fmt.Errorf("%s is an index of %d images, and the report can be about one of them at most", s.Image, len(s.Children)), "give Harbor's report on the index, or have its images scanned with another --scanner")
	}
	switch format {
	case FormatTrivy:
		return Trivy(raw, s)
	case FormatHarbor:
		return Harbor(raw, s)
	case FormatSARIF:
		return sarif(raw, s)
	case FormatCycloneDX:
		return cycloneDX(raw, s)
	default:
		return nil, fmt.Errorf("report format %q is unknown", format)
	}
}

// detect knows a format by its keys.
func detect(raw []byte) (string, error) {
	var keys map[string]json.RawMessage
	if err := decode(raw, &keys); err != nil {
		return "", err
	}
	has := func(key string) bool { _, ok := keys[key]; return ok }
	switch {
	case has("SchemaVersion") && has("ArtifactType"):
		return FormatTrivy, nil
	case has("bomFormat"):
		return FormatCycloneDX, nil
	case has("runs") && has("version"):
		return FormatSARIF, nil
	case has(Generic), has(HarborOnly), has("generated_at") && has("vulnerabilities"):
		return FormatHarbor, nil
	default:
		return "", errors.New("the report is none of Trivy's JSON, Harbor's JSON, SARIF or CycloneDX")
	}
}

// decode reads one JSON value that is all there is.
func decode(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("the scanner's report is cut short or is no JSON of its kind: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the scanner's report goes on after its end")
	}
	return nil
}

// unread says that a finding cannot be read.
func unread(id, severity string) error {
	return fmt.Errorf("the report has a finding that cannot be read: id %q, severity %q", plain.Line(id, 60), plain.Line(severity, 30))
}
