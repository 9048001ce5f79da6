// SPDX-License-Identifier: Apache-2.0

// Package retag is the subcommand kaniko-build retag: it puts a commit's tag on
// the images of the services that the commit leaves as they were, so that each
// commit has a whole set of images. No layer is moved and nothing is built.
//
// Which services these are, and since which commits, monorepo-change tells in a
// file (--unaffected). An image is known by such a commit's tag, which nothing
// but a gate puts, and only on what passed or may pass unjudged. No gate follows
// here, so the verdict beside an image counts as it stands: one that was refused
// since, or that nobody has judged (scan-gate --on-unknown=pass), gets no further tag.
// Where no verdict could be kept, the tag is the gate's word. A service without
// such an image is told and left out, for it was not built at any of these commits.
// A tag that exists stays where it is.
//
// Result: retagged, the number of images that have the tag.
package retag

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/sync/errgroup"

	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/result"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/verdict"
)

// Command is the subcommand.
func Command() step.Command {
	return step.Command{
		Name:    "retag",
		Summary: "put a commit's tag on the images of unaffected services",
		New:     func() step.Options { return &options{} },
	}
}

// parallel is how many services are seen to at a time.
const parallel = 16

type options struct {
	unaffected string
	revision   string
	registry   harbor.Options

	retagged *result.Value
}

// AddFlags is part of step.Options.
func (o *options) AddFlags(f *step.Flags) {
	f.StringVar(&o.unaffected, "unaffected", "", "`FILE` of the services, as monorepo-change --unaffected writes it")
	f.StringVar(&o.revision, "revision", "", "`TAG` to put: the commit's full id")
	o.registry.AddFlags(f)
	o.retagged = f.Result("retagged", "how many images have the tag")
}

// Validate is part of step.Options.
func (o *options) Validate() error {
	switch {
	case o.unaffected == "":
		return errors.New("--unaffected is missing")
	case o.revision == "":
		return errors.New("--revision is missing")
	}
	return o.registry.Validate()
}

// Run is part of step.Options.
func (o *options) Run(ctx context.Context, env *step.Env) error {
	o.retagged.Set("0")
	services, err := readServices(o.unaffected)
	if err != nil {
		return err
	}
	client, _, err := o.registry.Client(env.Log)
	if err != nil {
		return err
	}
	t := &tagger{client: client, tag: o.revision, log: env.Log}
	failed := make([]error, len(services))
	group := errgroup.Group{}
	group.SetLimit(parallel)
	for i, s := range services {
		group.Go(func() error {
			if failed[i] = t.see(ctx, s); failed[i] != nil {
				env.Log.Error("no tag", "service", s.name, "cause", failed[i].Error())
			}
			return nil // one that fails holds back no other
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	done := strconv.FormatInt(t.done.Load(), 10)
	o.retagged.Set(done)
	env.Log.Info("retagged", "services", done, "of", len(services), "tag", o.revision)
	if failed = slices.DeleteFunc(failed, func(err error) bool { return err == nil }); len(failed) > 0 {
		return fmt.Errorf("%d of %d services did not get the tag, the first: %w", len(failed), len(services), failed[0])
	}
	_, err = fmt.Fprintln(env.Stdout, done)
	return err
}

// tagger puts the tag.
type tagger struct {
	client *registry.Client
	tag    string
	log    *slog.Logger
	done   atomic.Int64
}

// see puts the tag on a service's image, if it has one.
func (t *tagger) see(ctx context.Context, s service) error {
	image, why, err := t.find(ctx, s)
	if err == nil && why == "" {
		why, err = t.put(ctx, image)
	}
	switch {
	case err != nil:
		return err
	case why != "":
		t.log.Warn("no tag: "+why, "service", s.name)
		return nil
	}
	t.done.Add(1)
	t.log.Info("the image has the tag", "service", s.name, "image", image.String())
	return nil
}

// find looks for the image of the first commit that has one. It says why there
// is none to be tagged.
func (t *tagger) find(ctx context.Context, s service) (image name.Digest, why string, err error) {
	for _, commit := range s.commits {
		ref, err := t.client.Reference(s.image + ":" + commit)
		if err != nil {
			return image, "", err
		}
		image, err = t.client.Resolve(ctx, ref)
		var refused *registry.Error
		switch {
		case errors.Is(err, registry.ErrAbsent):
			continue
		case errors.As(err, &refused) && refused.Status == http.StatusPreconditionFailed:
			return image, "the registry's rules forbid to pull " + ref.String(), nil
		}
		return image, "", err
	}
	return image, "there is no image of the service as it is", nil
}

// put puts the tag, unless the verdict beside the image is another than pass, or
// the tag is on another.
func (t *tagger) put(ctx context.Context, image name.Digest) (why string, err error) {
	kept, err := verdict.Find(ctx, t.client, image)
	var refused *registry.Error
	switch {
	case errors.As(err, &refused) && refused.Status == http.StatusPreconditionFailed:
		return "the registry's rules forbid to read what was said of " + image.String(), nil
	case err == nil && kept.Verdict == verdict.Refused:
		return image.String() + " was refused since: " + kept.Summary, nil
	case err == nil && kept.Verdict != verdict.Pass:
		return "nobody has judged " + image.String() + ", which has to pass the gate first", nil
	case err != nil && !errors.Is(err, registry.ErrAbsent):
		return "", err
	}
	err = t.client.Tag(ctx, image, t.tag)
	var taken *registry.TakenError
	if errors.As(err, &taken) {
		return "it is there already, on " + taken.Has.String(), nil
	}
	return "", err
}
