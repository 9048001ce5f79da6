// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"slices"
	"time"
)

// Report is what a scanner found in one image.
type Report struct {
	Scanner         Product
	Vulnerabilities []Vulnerability

	at time.Time
}

// Product names a scanner.
type Product struct {
	Name    string `json:"name"`
	Vendor  string `json:"vendor"`
	Version string `json:"version"`
}

// Vulnerability is one finding, as Harbor's reports have it.
type Vulnerability struct {
	ID      string `json:"id"`
	Package string `json:"package"`
	Version string `json:"version"`
	// Fix is the version that mends it; empty where there is none.
	Fix string `json:"fix_version"`
	// Severity is Unknown, None, Negligible, Low, Medium, High or Critical.
	Severity string `json:"severity"`
	// Status is Trivy's, such as fixed or will_not_fix.
	Status      string   `json:"status"`
	Description string   `json:"description"`
	Links       []string `json:"links"`
	// Digests are the images that have it; the server fills them in.
	Digests []string       `json:"artifact_digests"`
	CVSS    CVSS           `json:"preferred_cvss"`
	CWE     []string       `json:"cwe_ids"`
	Vendor  map[string]any `json:"vendor_attributes"`
}

// CVSS are the scores that a scanner prefers; nil where it has none.
type CVSS struct {
	Score3  *float64 `json:"score_v3"`
	Score2  *float64 `json:"score_v2"`
	Vector3 string   `json:"vector_v3"`
	Vector2 string   `json:"vector_v2"`
}

// severityOrder are the severities, the mildest first.
func severityOrder() []string {
	return []string{"", "None", "Unknown", "Negligible", "Low", "Medium", "High", "Critical"}
}

func rank(severity string) int { return slices.Index(severityOrder(), severity) }

// worst is the gravest severity of a report; "" where nothing was found.
func worst(found []Vulnerability) string {
	out := ""
	for _, v := range found {
		if rank(v.Severity) > rank(out) {
			out = v.Severity
		}
	}
	return out
}

// render is a report as the API hands it out.
func (r *Report) render() object {
	found := r.Vulnerabilities
	if found == nil {
		found = []Vulnerability{}
	}
	return object{"generated_at": r.at.UTC().Format(time.RFC3339Nano), "scanner": r.Scanner, "severity": worst(found), "vulnerabilities": found}
}

// merged is one report of several: what two images share stands there once, with
// both digests.
func merged(all []*Report) *Report {
	out := &Report{}
	where := map[[3]string]int{}
	for _, r := range all {
		if r.at.After(out.at) {
			out.at = r.at
		}
		out.Scanner = r.Scanner
		for _, v := range r.Vulnerabilities {
			key := [3]string{v.ID, v.Package, v.Version}
			if i, ok := where[key]; ok {
				out.Vulnerabilities[i].Digests = append(slices.Clone(out.Vulnerabilities[i].Digests), v.Digests...)
				continue
			}
			where[key] = len(out.Vulnerabilities)
			out.Vulnerabilities = append(out.Vulnerabilities, v)
		}
	}
	return out
}

// summary counts a report's findings.
func (r *Report) summary() object {
	fixable, by := 0, map[string]int{}
	for _, v := range r.Vulnerabilities {
		by[v.Severity]++
		if v.Fix != "" {
			fixable++
		}
	}
	return object{"fixable": fixable, "summary": by, "total": len(r.Vulnerabilities)}
}
