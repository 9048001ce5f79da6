// SPDX-License-Identifier: Apache-2.0

package reuse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/plan"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/verdict"
	"github.com/adze-ci/adze/internal/wanted"
	"github.com/adze-ci/adze/tasks/kaniko-build/base"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

// search looks for one image.
type search struct {
	*options
	*known
	recipe *recipe.Recipe
	repo   name.Repository
	log    *slog.Logger
	// plan is what is known so far, image the one that exists.
	plan  plan.Plan
	image *name.Digest
}

// search prepares looking for the image that the flags name.
func (o *options) search(ctx context.Context, k *known, log *slog.Logger) (*search, error) {
	repo, err := k.client.Repository(o.image)
	if err != nil {
		return nil, err
	}
	r, err := o.recipe.Find(ctx)
	return &search{options: o, known: k, recipe: r, repo: repo, log: log}, err
}

// run finds the image that exists, or that none does, and then what the build is
// to know of its bases.
func (s *search) run(ctx context.Context) error {
	bases, err := s.find(ctx)
	if err == nil && s.image == nil {
		s.readBases(ctx, bases)
	}
	return err
}

// find finds the image that exists, if one does. The image that the commit's tag
// is on gets no key: that tag never moves, whatever the bases are by now.
func (s *search) find(ctx context.Context) (*base.Finder, error) {
	platform, err := platformOf(s.extraArgs)
	if err != nil {
		return nil, err
	}
	s.plan.Platform = platform.String()
	if err := s.look(ctx, s.revision); err != nil || s.image != nil {
		return nil, err
	}
	client, err := s.basesClient()
	if err != nil {
		return nil, err
	}
	bases := &base.Finder{Options: s.bases, Client: client, Platform: *platform}
	if err := s.findKey(ctx, bases); err != nil {
		s.log.Info("the image has no build key, so it is built", "because", err.Error())
		return bases, nil
	}
	if err := s.look(ctx, wanted.KeyTagPrefix+s.plan.Key); err != nil {
		return nil, err
	}
	if s.image != nil && !s.fallen(ctx) {
		s.plan.Bases = nil
		return nil, nil
	}
	s.image = nil
	s.log.Info("the image is built", "key", s.plan.Key, "rebuild", s.rebuild)
	return bases, nil
}

// look asks for a tag in the service's repository, unless whatever exists is to
// be built again. A registry that does not answer is an error, for what is built
// could not be pushed there. What it refuses to show is built: the push tells
// better what is wrong.
func (s *search) look(ctx context.Context, tag string) error {
	if s.rebuild || tag == "" {
		return nil
	}
	ref, err := s.client.Reference(s.repo.Name() + ":" + tag)
	if err != nil {
		return err
	}
	found, err := s.client.Resolve(ctx, ref)
	var refused *registry.Error
	switch {
	case err == nil:
		s.image = &found
		return nil
	case errors.Is(err, registry.ErrAbsent):
		return nil
	case errors.As(err, &refused) && refused.Status >= http.StatusBadRequest && refused.Status < http.StatusInternalServerError:
		s.log.Warn("the registry does not show whether the image exists, so it is built", "tag", ref.String(), "cause", err.Error())
		return nil
	}
	return err
}

// fallen tells whether the image that was found has been refused since it got its
// tag. Then it is built: RUN lines may fetch what is mended by now. Where no
// verdict can be read, the gate judges the image as it does any.
func (s *search) fallen(ctx context.Context) bool {
	kept, err := verdict.Find(ctx, s.client, *s.image)
	switch {
	case errors.Is(err, registry.ErrAbsent):
		return false
	case err != nil:
		s.log.Warn("what was said of the image cannot be read", "image", s.image.String(), "cause", err.Error())
		return false
	case kept.Verdict != verdict.Refused:
		return false
	}
	s.log.Info("the image exists, and was refused since, so it is built", "image", s.image.String(), "because", kept.Summary)
	return true
}

// findKey finds the ingredients; its error says why there is no key.
func (s *search) findKey(ctx context.Context, bases *base.Finder) error {
	raw, err := s.recipe.Read()
	if err != nil {
		return err
	}
	args := s.recipe.Args()
	in, err := s.settings(args)
	if err != nil {
		return err
	}
	if in.context, in.dockerfile, err = s.recipe.Relative(s.options.recipe.Source); err != nil {
		return err
	}
	if err := s.findBases(ctx, bases, raw, args); err != nil {
		return err
	}
	in.bases = s.plan.Bases
	if in.inputs == "" {
		if in.inputs, err = hashInputs(s.recipe, raw); err != nil {
			return fmt.Errorf("reading the build context: %w", err)
		}
	}
	s.plan.Key = in.key()
	return nil
}

// readBases tells the build and the push what the bases hold. A base that cannot be
// read is left out.
func (s *search) readBases(ctx context.Context, bases *base.Finder) {
	var read []plan.Base
	for _, b := range s.plan.Bases {
		if err := bases.Read(ctx, &b); err != nil {
			s.log.Warn("what a base holds is not known", "base", b.Name, "cause", err.Error())
			continue
		}
		read = append(read, b)
	}
	s.plan.Bases = read
}
