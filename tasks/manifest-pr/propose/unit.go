// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"strings"

	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

// Unit is what one pull request proposes.
type Unit struct {
	// Key names the unit's branch.
	Key string
	// Services are those that it proposes, at least one.
	Services []manifests.Service
}

// Alone is the unit that proposes one service and is named as it is.
func Alone(s manifests.Service) Unit {
	return Unit{Key: s.Name, Services: []manifests.Service{s}}
}

// images names what is proposed, as code in Markdown.
func (u Unit) images() string {
	all := make([]string, len(u.Services))
	for i, s := range u.Services {
		all[i] = "`" + s.Image.Reference() + "`"
	}
	return strings.Join(all, ", ")
}

// plan edits the manifests of all services, each on top of what was edited for those before it.
func (u Unit) plan(ctx context.Context, from manifests.Source) ([]manifests.Plan, error) {
	on := &overlay{Source: from, files: map[string]manifests.Edited{}}
	plans := make([]manifests.Plan, len(u.Services))
	for i, s := range u.Services {
		var err error
		if plans[i], err = manifests.Edit(ctx, on, s); err != nil {
			return nil, err
		}
		on.add(plans[i])
	}
	return plans, nil
}

// overlay is a source with some files edited.
type overlay struct {
	manifests.Source
	files map[string]manifests.Edited
}

func (o *overlay) add(plan manifests.Plan) {
	for _, f := range plan.Files {
		o.files[f.Path] = f
	}
}

// Read reads a file as it was edited last.
func (o *overlay) Read(ctx context.Context, f manifests.File) ([]byte, error) {
	if edited, ok := o.files[f.Path]; ok {
		return edited.After, nil
	}
	return o.Source.Read(ctx, f)
}
