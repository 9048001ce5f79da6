// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"fmt"
	"os"
	"strings"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/step"
)

// tellUnaffected writes the services that are not affected, a line each: name,
// image and the commits since which nothing changed, with tabs between.
func (j *judgement) tellUnaffected(rep *report) error {
	if j.unaffected == "" {
		return nil
	}
	if j.head.Config.Registry == "" && j.registry == "" {
		return step.Hint(step.Misuse("no registry is known for the images of --unaffected"), "set registry in %s, or give --registry", monorepo.FileName)
	}
	var b strings.Builder
	for _, s := range j.asked(j.head.Services) {
		if _, ok := rep.causes[s.Name]; !ok {
			fmt.Fprintf(&b, "%s\t%s\t%s\n", s.Name, s.ImageIn(j.registry), strings.Join(j.basesOf(s.Name), "\t"))
		}
	}
	return j.writeUnaffected(b.String())
}

// writeUnaffected writes the file, if there is to be one. It holds more services
// than a result could.
func (o *options) writeUnaffected(lines string) error {
	if o.unaffected == "" {
		return nil
	}
	if err := os.WriteFile(o.unaffected, []byte(lines), 0o644); err != nil { //nolint:gosec // the step after it runs as another, and it holds no secret
		return fmt.Errorf("writing the services that are not affected: %w", err)
	}
	return nil
}

// basesOf are the commits that a service was compared with, its own first.
func (j *judgement) basesOf(service string) []string {
	var own, all []string
	for _, b := range j.plan.bases {
		switch {
		case b.of == nil:
			all = append(all, b.ID.String())
		case b.of[service]:
			own = append(own, b.ID.String())
		}
	}
	return append(own, all...)
}
