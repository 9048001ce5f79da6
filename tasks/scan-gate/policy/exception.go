// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/package-url/packageurl-go"
	"go.yaml.in/yaml/v3"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// Exception lets one finding pass for a time.
type Exception struct {
	// ID is the finding's, or one of its aliases.
	ID string `json:"id"`
	// Package is the name of the package that it is for, and PURL its package URL;
	// empty for any.
	Package string `json:"package,omitempty"`
	PURL    string `json:"purl,omitempty"`
	Reason  string `json:"reason"`
	// Expires is the last day on which it holds, in UTC.
	Expires time.Time `json:"expires"`
	// Line is where the policy file has it.
	Line int `json:"-"`
}

// Holds tells whether it is in force.
func (e Exception) Holds(now time.Time) bool { return now.Before(e.Expires.AddDate(0, 0, 1)) }

// day is how days are written.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// speaksOf tells whether it speaks of a finding.
func (e Exception) speaksOf(f finding.Finding) bool {
	return f.Names(e.ID) && (e.Package == "" || e.Package == f.Package) && (e.PURL == "" || covers(e.PURL, f.PURL))
}

// covers tells whether a package URL is of a package: type, namespace and name are
// the same, and so are version and qualifiers where the first has them.
// https://github.com/package-url/purl-spec
func covers(wanted, has string) bool {
	w, err := packageurl.FromString(wanted)
	if err != nil {
		return false
	}
	h, err := packageurl.FromString(has)
	if err != nil || w.Type != h.Type || w.Namespace != h.Namespace || w.Name != h.Name {
		return false
	}
	for _, q := range w.Qualifiers {
		if !slices.Contains(h.Qualifiers, q) {
			return false
		}
	}
	return (w.Version == "" || w.Version == h.Version) && (w.Subpath == "" || w.Subpath == h.Subpath)
}

func (r *reader) exception(n *yaml.Node, p *Policy) {
	e := Exception{Line: n.Line}
	var expires string
	r.mapping(n, map[string]func(*yaml.Node){
		"id":      func(v *yaml.Node) { r.scalar(v, &e.ID) },
		"package": func(v *yaml.Node) { e.Package = r.packageName(v) },
		"purl":    func(v *yaml.Node) { e.PURL = r.purl(v) },
		"reason":  func(v *yaml.Node) { r.scalar(v, &e.Reason) },
		"expires": func(v *yaml.Node) { r.scalar(v, &expires) },
	})
	if e.ID == "" || strings.TrimSpace(e.Reason) == "" || expires == "" {
		r.fail(n, "an exception needs id, reason and expires")
		return
	}
	var err error
	if e.Expires, err = time.Parse(time.DateOnly, expires); err != nil {
		r.fail(n, "expires: %q is no day like 2026-12-31", expires)
	}
	p.Ignore = append(p.Ignore, e)
}

// packageName reads a package's name. An empty one would be any package's.
func (r *reader) packageName(n *yaml.Node) string {
	var text string
	r.scalar(n, &text)
	if text == "" {
		r.fail(n, "no package has this name; leave the key out for all of them")
	}
	return text
}

// purl reads a package URL.
func (r *reader) purl(n *yaml.Node) string {
	var text string
	r.scalar(n, &text)
	if _, err := packageurl.FromString(text); err != nil {
		r.fail(n, "%q is no package URL like pkg:npm/minimist: %v", text, err)
	}
	return text
}
