// SPDX-License-Identifier: Apache-2.0

package reuse

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/plan"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/kaniko-build/base"
)

// findBases looks up all images that the Dockerfile names, and goes on where one
// cannot be found: the layers of the others are worth knowing. Its error says
// why there is no key.
func (s *search) findBases(ctx context.Context, bases *base.Finder, raw []byte, args map[string]string) error {
	found, err := monorepo.ReadDockerfile(raw, args)
	if err != nil {
		return err
	}
	file := filepath.Base(s.recipe.Dockerfile)
	if len(found.Remote) > 0 {
		r := found.Remote[0]
		err = fmt.Errorf("%s:%d adds %q without --checksum, which may be another file each time", file, r.Line, r.Source)
	}
	for _, image := range found.Images {
		if image.Name == "" {
			err = cmp.Or(err, fmt.Errorf("%s:%d names an image by an argument that has no value", file, image.Line))
			continue
		}
		if slices.ContainsFunc(s.plan.Bases, func(b plan.Base) bool { return b.Name == image.Name }) {
			continue
		}
		b, failed := bases.Find(ctx, image.Name)
		if failed != nil {
			err = cmp.Or(err, fmt.Errorf("%s:%d: %w", file, image.Line, failed))
			continue
		}
		s.plan.Bases = append(s.plan.Bases, b)
	}
	return err
}

// platformOf is what the executor builds for: what its arguments say, or what
// this machine is.
func platformOf(args []string) (*v1.Platform, error) {
	said := "linux/" + runtime.GOARCH
	for i, arg := range args {
		for _, flag := range []string{"--custom-platform", "--customPlatform"} {
			if value, ok := strings.CutPrefix(arg, flag+"="); ok {
				said = value
			} else if arg == flag && i+1 < len(args) {
				said = args[i+1]
			}
		}
	}
	p, err := v1.ParsePlatform(said)
	if err != nil {
		return nil, step.Misuse("the platform %q among --extra-arg: %w", said, err)
	}
	return p, nil
}
