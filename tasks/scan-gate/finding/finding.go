// SPDX-License-Identifier: Apache-2.0

// Package finding is the one shape in which the findings of every scanner are
// judged, shown and kept.
package finding

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Finding is one vulnerability of one package, whichever scanner found it. Its
// words are the scanner's, and some of them the image's author's: none may be shown
// without package plain.
type Finding struct {
	// ID is the CVE where there is one; Aliases are its other names, GHSA-… and such.
	ID      string   `json:"id"`
	Aliases []string `json:"aliases,omitempty"`
	// Package, Installed and FixedIn are the package's name, the version in the image,
	// and the version or versions that are mended, empty unless Fix is Fixed.
	Package   string `json:"package"`
	Installed string `json:"installed"`
	FixedIn   string `json:"fixedIn,omitempty"`
	Fix       Fix    `json:"fix"`
	// Status is the scanner's own word on the fix, such as will_not_fix.
	Status   string   `json:"status,omitempty"`
	Severity Severity `json:"severity"`
	// CVSS is the base score, 0 to 10; 0 where none is given.
	CVSS float64 `json:"cvss,omitempty"`
	// Published is when the vulnerability became known; zero where it is not told.
	Published time.Time `json:"published,omitzero"`
	// PURL names the package: https://github.com/package-url/purl-spec
	PURL string `json:"purl,omitempty"`
	// Target is where in the image it lies, as the scanner says it.
	Target string `json:"target,omitempty"`
	// Platform and Child are that of the image and its digest within an index.
	Platform string   `json:"platform,omitempty"`
	Child    string   `json:"child,omitempty"`
	CWE      []string `json:"cwe,omitempty"`
	Title    string   `json:"title,omitempty"`
	URL      string   `json:"url,omitempty"`
	// Dismissed says why the report itself holds that it does no harm here; empty
	// where it counts.
	Dismissed string `json:"dismissed,omitempty"`
	// Source is the database that knows it, such as "GitHub Security Advisory npm".
	Source string `json:"source,omitempty"`
}

// Key says which finding it is, from one scan to the next: the same vulnerability
// in the same package, in any version of it.
func (f Finding) Key() string {
	name := f.Package
	if f.PURL != "" {
		name, _, _ = strings.Cut(f.PURL, "#")
		name, _, _ = strings.Cut(name, "?")
		if at := strings.LastIndex(name, "@"); at > strings.LastIndex(name, "/") {
			name = name[:at]
		}
	}
	return f.ID + "\x00" + name
}

// Names tells whether an identifier is the finding's ID or one of its aliases.
func (f Finding) Names(id string) bool {
	return f.ID == id || slices.Contains(f.Aliases, id)
}

// Sort puts the worst first.
func Sort(fs []Finding) {
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.Package, b.Package), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Platform, b.Platform))
	})
}
