// SPDX-License-Identifier: Apache-2.0

// Package source has the places that findings come from. Each gives all findings
// on the very image that it was asked about, or an error: an empty list of which
// nobody knows that it is whole would be a pass.
package source

import (
	"context"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// Source is a scanner, or a report that is there already.
type Source interface {
	// Scan gives what is known of the image. Its error means that nothing is known.
	Scan(ctx context.Context, image name.Digest) (*finding.Scan, error)
}
