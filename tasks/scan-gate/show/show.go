// SPDX-License-Identifier: Apache-2.0

// Package show writes verdicts: for people, for other programs, and as results
// of a Task. Words of a report may be an image's own, and each is shown through
// package plain, so that none says something else than it is.
package show

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

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
func Formats() []string { return []string{"text", "json", "markdown", "sarif"} }

// Write writes the answer in a format.
func (a Answer) Write(w io.Writer, format string) error {
	switch format {
	case "json":
		return a.json(w)
	case "markdown":
		return a.markdown(w)
	case "sarif":
		return a.sarif(w)
	default:
		return a.table(w)
	}
}

// Files are where answers are written besides, each FORMAT=FILE.
type Files []string

// Validate checks the formats.
func (fs Files) Validate() error {
	for _, f := range fs {
		format, file, _ := strings.Cut(f, "=")
		if !slices.Contains(Formats(), format) || file == "" {
			return fmt.Errorf("--write=%s: want FORMAT=FILE, the format one of %s", f, strings.Join(Formats(), ", "))
		}
	}
	return nil
}

// WriteFiles writes the answer into files.
func (a Answer) WriteFiles(fs Files) error {
	for _, f := range fs {
		format, file, _ := strings.Cut(f, "=")
		var b bytes.Buffer
		if err := a.Write(&b, format); err != nil {
			return err
		}
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil { //nolint:gosec // other steps of the pod read it as another user
			return fmt.Errorf("writing the verdict as %s: %w", format, err)
		}
	}
	return nil
}
