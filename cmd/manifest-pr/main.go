// SPDX-License-Identifier: Apache-2.0

// Command manifest-pr keeps one pull request per service that makes its
// manifests name the new image.
package main

import (
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/manifest-pr"
)

func main() { step.Main(manifestpr.Command()) }
