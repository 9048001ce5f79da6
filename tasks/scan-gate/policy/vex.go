// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/openvex/go-vex/pkg/vex"
	"github.com/package-url/packageurl-go"
	"go.yaml.in/yaml/v3"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// Document is an OpenVEX document of the policy:
// https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md
type Document struct {
	// File is its name beside the policy, and SHA256 that of its bytes.
	File   string `json:"-"`
	SHA256 string `json:"sha256"`

	statements []statement
}

// statement is one of a document, with the time from which it holds.
type statement struct {
	vex.Statement

	file string
	at   time.Time
}

// mostVEX is how many bytes a document may have.
const mostVEX = 16 << 20

// documents reads the files that a pattern names, in the policy's folder or below.
func (r *reader) documents(n *yaml.Node, p *Policy) {
	var pattern string
	r.scalar(n, &pattern)
	root, err := os.OpenRoot(filepath.Dir(r.file))
	if err != nil {
		r.fail(n, "%v", err)
		return
	}
	defer root.Close() //nolint:errcheck // nothing was written
	if !fs.ValidPath(pattern) {
		r.fail(n, "%q is no path or pattern below the policy's folder", pattern)
		return
	}
	files, err := fs.Glob(root.FS(), pattern)
	if err != nil || len(files) == 0 {
		r.fail(n, "%q names no file in the policy's folder", pattern)
	}
	for _, file := range files {
		d, err := readVEX(root, file)
		if err != nil {
			r.fail(n, "%s: %v", file, err)
			continue
		}
		p.VEX = append(p.VEX, *d)
	}
}

func readVEX(root *os.Root, file string) (*Document, error) {
	f, err := root.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, mostVEX+1))
	if err != nil {
		return nil, err
	}
	if len(data) > mostVEX {
		return nil, fmt.Errorf("it is longer than %d bytes", mostVEX)
	}
	return parseVEX(file, data)
}

// form has all keys that the specification gives a document. go-vex skips others, and
// a statement whose subcomponents are misspelt would be one on the whole image.
type form struct {
	vex.Metadata
	Statements []struct {
		vex.Statement
		Version  int    `json:"version"`
		Supplier string `json:"supplier"`
	} `json:"statements"`
}

// parseVEX reads a document. One that is of another version, that has a statement which
// says nothing or has no time, or keys that nobody knows, is not half believed.
func parseVEX(file string, data []byte) (*Document, error) {
	doc, err := vex.Parse(data)
	if err != nil {
		return nil, err
	}
	if doc.Context != vex.ContextLocator() {
		return nil, fmt.Errorf("it is no OpenVEX document: its @context is %q, want %q", doc.Context, vex.ContextLocator())
	}
	sum := sha256.Sum256(data)
	d := &Document{File: file, SHA256: hex.EncodeToString(sum[:])}
	for i, s := range doc.Statements {
		if err := check(s, doc.Timestamp); err != nil {
			return nil, fmt.Errorf("statement %d: %w", i+1, err)
		}
		at := doc.Timestamp
		if s.Timestamp != nil {
			at = s.Timestamp
		}
		d.statements = append(d.statements, statement{s, file, *at})
	}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(new(form)); err != nil {
		return nil, fmt.Errorf("it is not understood whole: %w", err)
	}
	return d, nil
}

func check(s vex.Statement, documented *time.Time) error {
	switch {
	case s.Vulnerability.Name == "":
		return errors.New("it names no vulnerability")
	case len(s.Products) == 0:
		return errors.New("it names no product")
	case s.Timestamp == nil && documented == nil:
		return errors.New("neither it nor the document has a timestamp")
	}
	return s.Validate()
}

// cleared tells whether the documents say that a finding does no harm in an image,
// and why. The latest statement counts; of two at once, the one that says it does.
func (p *Policy) cleared(image name.Digest, f finding.Finding) (because string, ok bool) {
	var latest *statement
	for _, d := range p.VEX {
		for i := range d.statements {
			s := &d.statements[i]
			if s.speaksOf(image, f) && (latest == nil || s.at.After(latest.at) || s.at.Equal(latest.at) && !s.clears()) {
				latest = s
			}
		}
	}
	if latest == nil || !latest.clears() {
		return "", false
	}
	words := strings.Join(strings.Fields(strings.Join([]string{string(latest.Justification), latest.ImpactStatement, latest.StatusNotes}, " ")), " ")
	return strings.TrimSpace(fmt.Sprintf("%s: %s %s", latest.file, latest.Status, words)), true
}

// clears tells whether it says that there is no harm.
func (s *statement) clears() bool {
	return s.Status == vex.StatusNotAffected || s.Status == vex.StatusFixed
}

// speaksOf tells whether it is about a finding in an image: it names the image, and
// either the finding's package or no package at all, or it names the package alone.
func (s *statement) speaksOf(image name.Digest, f finding.Finding) bool {
	known := false
	for _, id := range append([]string{f.ID}, f.Aliases...) {
		known = known || id != "" && s.Vulnerability.Matches(id)
	}
	if !known {
		return false
	}
	names := namesOf(image)
	if f.Child != "" {
		names = append(names, namesOf(image.Context().Digest(f.Child))...)
	}
	for _, p := range s.Products {
		if p.Component.Matches(f.PURL) && f.PURL != "" && len(p.Subcomponents) == 0 {
			return true
		}
		for _, n := range names {
			if p.Component.Matches(n) && s.within(p, f) {
				return true
			}
		}
	}
	return false
}

// within tells whether a finding is in one of the packages that a product lists; one
// that lists none means all of them. A finding of no known package may be in each: none
// of them clears it, and one that takes an earlier word back does.
func (s *statement) within(p vex.Product, f finding.Finding) bool {
	switch {
	case len(p.Subcomponents) == 0:
		return true
	case f.PURL == "":
		return !s.clears()
	}
	return slices.ContainsFunc(p.Subcomponents, func(c vex.Subcomponent) bool { return c.Matches(f.PURL) })
}

// namesOf are the names by which documents call an image.
// https://github.com/package-url/purl-spec/blob/main/types-doc/oci-definition.md
func namesOf(image name.Digest) []string {
	repo, digest := image.Context().Name(), image.DigestStr()
	last := repo[strings.LastIndex(repo, "/")+1:]
	purl := packageurl.NewPackageURL(packageurl.TypeOCI, "", last, digest, packageurl.Qualifiers{{Key: "repository_url", Value: repo}}, "")
	_, hash, _ := strings.Cut(digest, ":")
	return []string{purl.ToString(), repo + "@" + digest, digest, hash}
}
