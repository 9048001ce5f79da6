// SPDX-License-Identifier: Apache-2.0

// Package show writes verdicts: for people, for other programs, and as results
// of a Task. Words of a report may be an image's own, and each is shown through
// package plain, so that none says something else than it is.
package show

import (
	"io"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
)

// Answer is a verdict with what it is about.
type Answer struct {
	Image   name.Digest
	Policy  *policy.Policy
	Scan    *finding.Scan
	Verdict *policy.Verdict
}

// Formats are the words that Write knows.
func Formats() []string { return []string{"text", "json"} }

// Write writes the answer in a format.
func (a Answer) Write(w io.Writer, format string) error {
	if format == "json" {
		return a.json(w)
	}
	return a.table(w)
}
