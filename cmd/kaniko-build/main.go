// SPDX-License-Identifier: Apache-2.0

// Kaniko-build builds a service's image with Kaniko's executor, without pushing
// it. See package kanikobuild.
package main

import (
	"github.com/adze-ci/adze/internal/step"
	kanikobuild "github.com/adze-ci/adze/tasks/kaniko-build"
)

func main() { step.Main(kanikobuild.Command()) }
