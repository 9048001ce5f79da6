// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
)

// What one pull request proposes.
const (
	perService = "service"
	perRun     = "run"
	forAll     = "all"
)

// validateGroup wants a name for the pull request of a run.
func (o *options) validateGroup() error {
	if o.group == perRun && !serviceName.MatchString(o.revision) {
		return step.Misuse("--group=%s names its branch by --revision (or --tag), and %q does not do for that", perRun, o.revision)
	}
	return nil
}

// grouped makes units of services.
func (o *options) grouped(services []manifests.Service) []propose.Unit {
	switch {
	case len(services) == 0:
		return nil
	case o.group == perRun:
		return []propose.Unit{propose.NewUnit(propose.RunKey(o.revision), services...)}
	case o.group == forAll:
		return []propose.Unit{propose.NewUnit(propose.All, services...)}
	}
	units := make([]propose.Unit, len(services))
	for i, s := range services {
		units[i] = propose.Alone(s)
	}
	return units
}
