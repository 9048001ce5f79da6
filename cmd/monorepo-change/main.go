// SPDX-License-Identifier: Apache-2.0

// Command monorepo-change tells which services of a monorepo a range of
// commits affects, and fetches one service's inputs.
package main

import (
	"github.com/adze-ci/adze/internal/step"
	monorepochange "github.com/adze-ci/adze/tasks/monorepo-change"
)

func main() { step.Main(monorepochange.Command()) }
