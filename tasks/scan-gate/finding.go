// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"fmt"
	"slices"
	"strings"
)

// severity orders findings; higher is worse.
type severity int

// The severities. A finding that nobody rated counts as the least.
const (
	unknown severity = iota
	low
	medium
	high
	critical
)

func severityNames() []string { return []string{"UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL"} }

func (s severity) String() string { return severityNames()[s] }

// MarshalText is the severity's name.
func (s severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// parseSeverity knows the names in either case.
func parseSeverity(text string) (severity, error) {
	i := slices.Index(severityNames(), strings.ToUpper(text))
	if i < 0 {
		return 0, fmt.Errorf("severity %q is none of %s", text, strings.Join(severityNames(), ", "))
	}
	return severity(i), nil
}

// finding is one vulnerability of one package, whichever scanner found it.
type finding struct {
	ID        string   `json:"id"`
	Package   string   `json:"package"`
	Installed string   `json:"installed"`
	Fixed     string   `json:"fixed,omitempty"` // empty where there is no fix
	Severity  severity `json:"severity"`
	Title     string   `json:"title,omitempty"`
	URL       string   `json:"url,omitempty"`
	PURL      string   `json:"purl,omitempty"`
	Target    string   `json:"target,omitempty"`
}

// sortFindings puts the worst first.
func sortFindings(fs []finding) {
	slices.SortStableFunc(fs, func(a, b finding) int {
		if a.Severity != b.Severity {
			return int(b.Severity - a.Severity)
		}
		return strings.Compare(a.Package+" "+a.ID, b.Package+" "+b.ID)
	})
}
