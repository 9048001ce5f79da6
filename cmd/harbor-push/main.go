// SPDX-License-Identifier: Apache-2.0

// Harbor-push pushes an image that was built into files to a registry, by
// digest. See package harborpush.
package main

import (
	"github.com/adze-ci/adze/internal/step"
	harborpush "github.com/adze-ci/adze/tasks/harbor-push"
)

func main() { step.Main(harborpush.Command()) }
