// SPDX-License-Identifier: Apache-2.0

package tasks

import (
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/harbor-push"
	"github.com/adze-ci/adze/tasks/kaniko-build"
	"github.com/adze-ci/adze/tasks/manifest-pr"
	"github.com/adze-ci/adze/tasks/monorepo-change"
	"github.com/adze-ci/adze/tasks/node-resolv"
	"github.com/adze-ci/adze/tasks/scan-gate"
)

// commands are all binaries.
func commands() []step.Command {
	return []step.Command{
		harborpush.Command(), kanikobuild.Command(), manifestpr.Command(),
		monorepochange.Command(), noderesolv.Command(), scangate.Command(),
	}
}
