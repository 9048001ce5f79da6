// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"context"
	"errors"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// store pushes, and again once the project is made where nobody had made it.
func (j *job) store(ctx context.Context, content *registry.Content) (registry.Pushed, error) {
	pushed, err := j.client.Store(ctx, j.repo, content)
	var refused *registry.Error
	if !errors.As(err, &refused) || refused.Refusal != registry.MissingProject {
		return pushed, err
	}
	if !j.createProject {
		return pushed, step.Hint(err, "--create-project creates it, with an account that may")
	}
	made, err := j.harbor.CreateProject(ctx, j.repo)
	if err != nil {
		return pushed, err
	}
	if made {
		j.log.Info("created the project, as a private one", "repository", j.repo.Name())
	}
	return j.client.Store(ctx, j.repo, content)
}

// putLabels puts Harbor's labels on the image. One that nobody made is told: a
// word beside an image is no reason to have none.
func (j *job) putLabels(ctx context.Context, digest name.Digest) error {
	for _, label := range j.labels {
		if label == "" {
			continue
		}
		err := j.harbor.Label(ctx, digest, label)
		if errors.Is(err, harbor.ErrNoLabel) {
			j.log.Warn("a label is left out", "label", label, "cause", err.Error())
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}
