// SPDX-License-Identifier: Apache-2.0

// Scan-gate judges an image by its known vulnerabilities and tags it if it
// passes. See package scangate.
package main

import (
	"github.com/adze-ci/adze/internal/step"
	scangate "github.com/adze-ci/adze/tasks/scan-gate"
)

func main() { step.Main(scangate.Command()) }
