// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"fmt"
	"os"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
	"github.com/adze-ci/adze/tasks/scan-gate/source/report"
)

// File is a Trivy report that lies in a file of this name.
type File string

// Scan reads the report.
func (f File) Scan(_ context.Context, image name.Digest) (*finding.Scan, error) {
	raw, err := os.ReadFile(string(f))
	if err != nil {
		return nil, fmt.Errorf("reading the report: %w", err)
	}
	return report.Trivy(raw, image)
}
