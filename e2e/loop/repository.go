// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/e2e/sample"
)

// makeRepository makes the monorepo as a team would have it that deployed by
// hand so far: a commit of the sources, an image of each service that was
// built from it, and a commit of manifests that name those.
func (l *Loop) makeRepository(ctx context.Context) error {
	if err := l.Control(ctx, http.MethodPost, "repos", map[string]any{"owner": l.Owner, "name": l.Repo, "default_branch": "main"}, nil); err != nil {
		return err
	}
	if err := l.clone(ctx); err != nil {
		return err
	}
	values := sample.Values{Registry: l.ImagePrefix, Base: l.Base}
	first, err := l.commitPart(ctx, "The shop opens", values, false)
	if err != nil {
		return err
	}
	l.First, values.Tag = first, first
	if err := l.seed(ctx, first); err != nil {
		return err
	}
	if _, err := l.commitPart(ctx, "Deploy the shop", values, true); err != nil {
		return err
	}
	for _, branch := range []string{"main", l.Branch} {
		if _, err := l.Git(ctx, "push", "--quiet", "origin", "HEAD:refs/heads/"+branch); err != nil {
			return err
		}
	}
	return nil
}

// commitPart commits the sample's sources, or its manifests.
func (l *Loop) commitPart(ctx context.Context, message string, values sample.Values, manifests bool) (string, error) {
	files, err := sample.Files(values)
	if err != nil {
		return "", err
	}
	part, deployed := sample.Split(files)
	if manifests {
		part = deployed
	}
	return l.Commit(ctx, message, part)
}

// Close removes the developer's clone.
func (l *Loop) Close() error {
	if l.Dir == "" {
		return nil
	}
	return os.RemoveAll(l.Dir)
}

// clone makes the developer's clone in a folder that goes when the context
// ends, or with Close, which a program that ends then cannot do without.
func (l *Loop) clone(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "adze-"+l.Namespace+"-")
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = os.RemoveAll(dir) })
	l.Dir = dir
	remote, err := url.Parse(l.Outside + "/" + l.Owner + "/" + l.Repo + ".git")
	if err != nil {
		return err
	}
	remote.User = url.UserPassword("x-access-token", l.token)
	for _, args := range [][]string{{"init", "--quiet", "--initial-branch", l.Branch}, {"remote", "add", "origin", remote.String()}} {
		if _, err := l.Git(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// seed puts an image of each service under a commit's tag, as an earlier build
// would have: the base with a page of its own.
func (l *Loop) seed(ctx context.Context, commit string) error {
	options := append([]remote.Option{remote.WithContext(ctx)}, l.Remote...)
	base, err := name.ParseReference(l.Base)
	if err != nil {
		return err
	}
	img, err := remote.Image(base, options...)
	if err != nil {
		return err
	}
	if img, err = serve(img); err != nil {
		return err
	}
	for _, service := range sample.Services() {
		layer, err := page(service)
		if err != nil {
			return err
		}
		img, err := mutate.AppendLayers(img, layer)
		if err != nil {
			return err
		}
		tag, err := name.NewTag(l.ImagePrefix + "/" + service + ":" + commit)
		if err != nil {
			return err
		}
		if err := remote.Write(tag, img, options...); err != nil {
			return fmt.Errorf("seeding %s: %w", tag, err)
		}
	}
	return nil
}
