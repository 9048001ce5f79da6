// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/adze-ci/adze/internal/manifest"
	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/verdict"
	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

// sources is where adze.yaml and the services' folders are read from.
type sources interface {
	// SourceFile gives a file's content, nil when there is none.
	SourceFile(ctx context.Context, path string) ([]byte, error)
	// SourceTree lists folders.
	SourceTree(ctx context.Context) (monorepo.Tree, error)
}

// catalog knows the monorepo's services.
type catalog struct {
	services monorepo.Services
}

// readCatalog reads adze.yaml and finds the services, unless all that there is
// to know was given by flags.
func (o *options) readCatalog(ctx context.Context, from sources) (catalog, error) {
	if !o.needsCatalog() {
		return catalog{}, nil
	}
	file := cmp.Or(o.config, monorepo.FileName)
	text, err := from.SourceFile(ctx, file)
	if err != nil {
		return catalog{}, err
	}
	cfg := monorepo.Default()
	switch {
	case text != nil:
		if cfg, err = monorepo.Parse(file, text); err != nil {
			return catalog{}, step.Misuse("%w", err)
		}
	case file != monorepo.FileName:
		return catalog{}, step.Misuse("there is no %s", file)
	}
	if o.registryPrefix != "" {
		cfg.Registry = o.registryPrefix
	}
	tree, err := from.SourceTree(ctx)
	if err != nil {
		return catalog{}, err
	}
	services, err := cfg.Resolve(ctx, tree)
	if err != nil && step.CodeOf(err) == step.CodeFailed {
		err = step.Misuse("%w", err)
	}
	if err != nil {
		return catalog{}, err
	}
	return catalog{services}, nil
}

// needsCatalog tells whether flags leave anything open. In a folder they may say it all.
func (o *options) needsCatalog() bool {
	if o.local() == "" {
		return o.revision != ""
	}
	return !o.pathGiven || len(o.given) < len(o.services)
}

// service says which image a service's manifests should name, and where they are.
// The error is registry.ErrAbsent when the image has no such tag.
func (o *options) service(ctx context.Context, known catalog, images *registry.Client, name string) (manifests.Service, error) {
	s := manifests.Service{Name: name, Commit: o.revision, Paths: o.paths}
	svc, found := known.services.Get(name)
	if found && len(svc.Manifests) > 0 {
		s.Paths = svc.Manifests
	}
	if img, ok := o.given[name]; ok {
		s.Image = img
		return s, nil
	}
	if !found {
		return s, unknown(known, name, o.revision)
	}
	s.Image = manifest.Image{Repository: svc.Image, Tag: o.tag, Form: manifest.Form(o.form)}
	ref, err := images.Reference(svc.Image + ":" + o.tag)
	if err != nil {
		return s, step.Hint(err, "name the registry with --registry or in adze.yaml")
	}
	digest, err := images.Resolve(ctx, ref)
	if errors.Is(err, registry.ErrAbsent) {
		return s, err
	}
	if err != nil {
		return s, step.NoAnswer("%w", err)
	}
	s.Image.Digest = digest.DigestStr()
	return s, nil
}

// readSummary asks the registry what the gate said of a service's image, unless
// flags say it or keep the registry out. A proposal is as right without.
func (o *options) readSummary(ctx context.Context, images *registry.Client, s manifests.Service, log *slog.Logger) {
	summaries := o.presentation.look.Summaries
	if _, ok := o.given[s.Name]; ok || summaries[s.Name] != "" || o.local() != "" {
		return
	}
	image, err := images.Digest(s.Image.Repository + "@" + s.Image.Digest)
	if err == nil {
		summaries[s.Name], err = verdict.Summary(ctx, images, image)
	}
	if err != nil {
		log.Warn("what the scan said cannot be asked, so the pull request will not tell", "service", s.Name, "cause", err.Error())
	}
}

// built asks the registry what a commit was built into, but not for images that
// were given, for which it is not to be asked.
func (o *options) built(images *registry.Client) func(context.Context, string, string) (string, error) {
	return func(ctx context.Context, repository, commit string) (string, error) {
		for _, given := range o.given {
			if given.Repository == repository {
				return "", nil
			}
		}
		ref, err := images.Reference(repository + ":" + commit)
		if err != nil {
			return "", err
		}
		digest, err := images.Resolve(ctx, ref)
		switch {
		case errors.Is(err, registry.ErrAbsent):
			return "", nil
		case err != nil:
			return "", step.NoAnswer("%w", err)
		}
		return digest.DigestStr(), nil
	}
}

func unknown(known catalog, name, revision string) error {
	err := fmt.Errorf("there is no service %s at %s", name, cmp.Or(revision, "the folder given"))
	if near := known.services.Nearest(name); near != "" {
		return step.Hint(err, "did you mean %s?", near)
	}
	return err
}
