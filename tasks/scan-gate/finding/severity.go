// SPDX-License-Identifier: Apache-2.0

package finding

import (
	"fmt"
	"slices"
	"strings"
)

// Severity orders findings; higher is worse.
type Severity int

// The severities. A finding that nobody rated counts as the least.
const (
	Unknown Severity = iota
	Low
	Medium
	High
	Critical
)

func severityNames() []string { return []string{"UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL"} }

func (s Severity) String() string { return severityNames()[s] }

// MarshalText is the severity's name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Severity) UnmarshalText(text []byte) error {
	read, err := ParseSeverity(string(text))
	*s = read
	return err
}

// ParseSeverity knows the names, in either case.
func ParseSeverity(text string) (Severity, error) {
	i := slices.Index(severityNames(), strings.ToUpper(text))
	if i < 0 {
		return 0, fmt.Errorf("severity %q is none of %s", text, strings.Join(severityNames(), ", "))
	}
	return Severity(i), nil
}

// ScannerSeverity knows the words that scanners put on a finding besides: Harbor
// and Clair have "Negligible" below Low, and "None" or nothing where nobody rated
// it. Any other word is an error, for it may mean the worst.
func ScannerSeverity(word string) (Severity, error) {
	switch strings.ToLower(word) {
	case "", "none":
		return Unknown, nil
	case "negligible":
		return Low, nil
	default:
		return ParseSeverity(word)
	}
}

// OfScore is the severity of a CVSS score, on CVSS's own scale:
// https://www.first.org/cvss/v3.1/specification-document
func OfScore(score float64) Severity {
	switch {
	case score >= 9:
		return Critical
	case score >= 7:
		return High
	case score >= 4:
		return Medium
	case score > 0:
		return Low
	default:
		return Unknown
	}
}

// Or is the severity, or that of a score where nobody gave the finding one: a
// finding that has a score was rated, whatever word stands beside it.
func (s Severity) Or(score float64) Severity {
	if s == Unknown {
		return OfScore(score)
	}
	return s
}
