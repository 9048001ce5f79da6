// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/plain"
)

// The two severities of a finding.
const (
	isError   = "error"
	isWarning = "warning"
)

// finding is one thing that is probably not meant.
type finding struct {
	// Severity is "error" or "warning".
	Severity string `json:"severity"`
	// Rule is the name of what found it, which does not change.
	Rule string `json:"rule"`
	// Service is the service that it is about; empty for none or several.
	Service string `json:"service,omitempty"`
	// File, Line and Column are where it is; 0 where that is not known.
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	// Message says what is wrong and what to do.
	Message string `json:"message"`
}

// place is where the finding is, as compilers write it.
func (f finding) place() string {
	s := f.File
	for _, n := range []int{f.Line, f.Column} {
		if n > 0 {
			s += fmt.Sprintf(":%d", n)
		}
	}
	return s
}

// report is the answer.
type report struct {
	// Commit is the id of the commit that was read.
	Commit string `json:"commit"`
	// Services is how many services it has.
	Services int `json:"services"`
	// Errors and Warnings count the findings.
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
	// Findings are in the order of their places.
	Findings []finding `json:"findings"`
}

func newReport(commit string, services int, found []finding, strict bool) *report {
	r := &report{Commit: commit, Services: services, Findings: append([]finding{}, found...)}
	for i := range r.Findings {
		f := &r.Findings[i]
		f.File, f.Message = plain.Path(f.File), plain.Line(f.Message, maxMessage)
		if strict {
			f.Severity = isError
		}
		if f.Severity == isError {
			r.Errors++
		} else {
			r.Warnings++
		}
	}
	slices.SortStableFunc(r.Findings, func(a, b finding) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column, strings.Compare(a.Rule, b.Rule), strings.Compare(a.Message, b.Message))
	})
	return r
}

// maxMessage is how long a message gets, in characters: it may quote a file
// that cannot be understood.
const maxMessage = 2000

func (r *report) text() string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s: %s: %s [%s]\n", f.place(), f.Severity, f.Message, f.Rule)
	}
	fmt.Fprintf(&b, "%s in %s\n", r.total(), plural(r.Services, "service"))
	return b.String()
}

func (r *report) total() string {
	return plural(r.Errors, "error") + " and " + plural(r.Warnings, "warning")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
