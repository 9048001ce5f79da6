// SPDX-License-Identifier: Apache-2.0

package deployed

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
)

// maxImages is how many different images of one service are told. Each of them is
// scanned to compare with, and a step's result has little room.
const maxImages = 8

// Images are the images of one service that its manifests name, each once, in the
// order of files and lines; none where no manifest names it. The repository that it
// is built from is given with the options that it was opened with. An error means
// that they are not known, or not all of them.
func (m *Manifests) Images(ctx context.Context, from gitx.Options, repo *gitx.Repo, s monorepo.Service) ([]string, error) {
	l, _, err := m.ledger(ctx, from, repo, []monorepo.Service{s})
	if err != nil {
		return nil, err
	}
	if doubt := l.doubts[s.Name]; doubt != "" {
		return nil, errors.New(doubt)
	}
	var images []string
	for _, u := range l.uses[s.Name] {
		image := u.image()
		if image == "" {
			return nil, fmt.Errorf("%s %s", u.place(), withoutTag)
		}
		if !slices.Contains(images, image) {
			images = append(images, image)
		}
	}
	if len(images) > maxImages {
		return nil, fmt.Errorf("the manifests name %d different images of %s, and at most %d are compared with", len(images), s.Name, maxImages)
	}
	return images, nil
}
