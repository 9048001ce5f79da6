// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"slices"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/plan"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

// findBases fills in which images stages begin with, and what the plan tells of
// these. Where the Dockerfile cannot be read, the executor tells.
func findBases(r *recipe.Recipe, stages []stage, p *plan.Plan) {
	raw, err := r.Read()
	if err != nil {
		return
	}
	found, err := monorepo.ReadDockerfile(raw, r.Args())
	if err != nil {
		return
	}
	for i := range stages {
		s := &stages[i]
		line := s.instructions[0].Line
		at := slices.IndexFunc(found.Images, func(image monorepo.ImageRef) bool { return image.Base && image.Line == line })
		if s.base >= 0 || at < 0 {
			continue
		}
		s.image = found.Images[at].Name
		if b := baseOf(p, s.image); b != nil {
			s.workDir = b.WorkDir
		}
	}
}

// baseOf is what the plan tells of an image; nil for nothing.
func baseOf(p *plan.Plan, image string) *plan.Base {
	if p == nil || image == "" {
		return nil
	}
	at := slices.IndexFunc(p.Bases, func(b plan.Base) bool { return b.Name == image })
	if at < 0 {
		return nil
	}
	return &p.Bases[at]
}
