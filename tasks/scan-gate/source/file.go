// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
	"github.com/adze-ci/adze/tasks/scan-gate/source/report"
)

// File is a report that lies in a file.
type File struct {
	// Path is the file's, and Format one of package report's.
	Path, Format string
	// Vouched tells that the report is about the image, and whole, even if it does not say so.
	Vouched bool
	// Images is asked whether the image is an index, and Log told what is left out of it.
	Images *registry.Client
	Log    *slog.Logger
}

// Scan reads the report.
func (f File) Scan(ctx context.Context, image name.Digest) (*finding.Scan, error) {
	raw, err := os.ReadFile(f.Path)
	if err != nil {
		return nil, fmt.Errorf("reading the report: %w", err)
	}
	children, err := childrenOf(ctx, f.Images, image, f.Log)
	if err != nil {
		return nil, err
	}
	about := report.About(image)
	about.Vouched = f.Vouched
	for _, c := range children {
		if c.platform != "" {
			about.Children = append(about.Children, c.image.DigestStr())
		}
	}
	scan, err := report.Read(raw, f.Format, about)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	for i, found := range scan.Findings {
		for _, c := range children {
			if found.Child == c.image.DigestStr() {
				scan.Findings[i].Platform = c.platform
			}
		}
	}
	return scan, nil
}
