// SPDX-License-Identifier: Apache-2.0

// Package harborpush pushes an image to Harbor, or to any registry, by digest.
//
// The image, or the index of images, comes from an OCI layout, a docker tarball
// or another registry. It gets no tag unless one is named: a tag is what deploys
// an image, so whoever judges the image puts it. The digest that is pushed is the
// digest that was built, and the registry is asked for it afterwards.
//
// A layout is taken as what a stranger wrote, and may still be writing, for a
// build can make Tekton start the next step early: it must hold one image, its
// files must be plain files inside it, and it decides nothing but its own content.
// Layers may be missing in it that a base has, but only if the plan says so, which
// the build could not write: they are mounted or copied from the base's repository.
// Manifests that claim to belong to another image, or whose layers are to be
// fetched from elsewhere, are refused.
//
// Results: IMAGE_URL (the repository), IMAGE_DIGEST, IMAGE_REF (repository@digest),
// outcome, uploaded-bytes and duration. IMAGE_REF is printed too.
package harborpush

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// What the result outcome says, but for a registry.Refusal.
const (
	outcomePushed  = "pushed"
	outcomePresent = "present" // no byte of a layer was sent
	outcomeTaken   = "tag-taken"
	outcomeFailed  = "failed"
)

// Command is the binary.
func Command() step.Command {
	return step.Command{
		Name:    "harbor-push",
		Summary: "push an image by digest",
		New:     func() step.Options { return &options{} },
	}
}

// job is one run.
type job struct {
	*options
	client *registry.Client
	harbor *harbor.Client
	repo   name.Repository
	bases  bases
	log    *slog.Logger
}

func (o *options) Run(ctx context.Context, env *step.Env) error {
	began := time.Now()
	client, api, err := o.registry.Client(env.Log)
	if err != nil {
		return err
	}
	repo, err := client.Repository(o.image)
	if err != nil {
		return err
	}
	j := &job{options: o, client: client, harbor: api, repo: repo, log: env.Log}
	pushed, err := j.run(ctx)
	o.results.duration.Set(strconv.Itoa(int(time.Since(began).Seconds())))
	o.results.outcome.Set(outcome(pushed, err))
	if err != nil {
		return err
	}
	o.results.url.Set(repo.Name())
	o.results.digest.Set(pushed.Digest.DigestStr())
	o.results.ref.Set(pushed.Digest.String())
	o.results.uploaded.Set(strconv.FormatInt(pushed.Uploaded, 10))
	return o.print(env.Stdout, pushed.Digest)
}

// outcome is one word for what became of the push.
func outcome(pushed registry.Pushed, err error) string {
	var e *registry.Error
	var taken *registry.TakenError
	switch {
	case err == nil && pushed.Uploaded+pushed.Mounted == 0:
		return outcomePresent
	case err == nil:
		return outcomePushed
	case errors.As(err, &e) && e.Refusal != "":
		return string(e.Refusal)
	case errors.As(err, &taken):
		return outcomeTaken
	}
	return outcomeFailed
}

// run pushes the image, then its labels and tags, then the cache.
func (j *job) run(ctx context.Context) (registry.Pushed, error) {
	pushed, err := j.push(ctx)
	if err != nil {
		return pushed, err
	}
	if err := j.putLabels(ctx, pushed.Digest); err != nil {
		return pushed, err
	}
	if err := j.putTags(ctx, pushed.Digest); err != nil {
		return pushed, err
	}
	return pushed, j.keepCache(ctx)
}

// push brings the image into the repository. One that is there already by its
// digest is only asked for: Harbor may forbid to read it.
func (j *job) push(ctx context.Context) (registry.Pushed, error) {
	if has, err := j.client.Digest(j.from); err == nil && has.Context() == j.repo {
		j.log.Info("nothing to push, the image is in the repository", "image", has.String())
		if err := j.expected(has.DigestStr()); err != nil {
			return registry.Pushed{}, err
		}
		return registry.Pushed{Digest: has}, j.client.Has(ctx, has)
	}
	content, done, err := j.open(ctx)
	if err != nil {
		return registry.Pushed{}, err
	}
	defer done()
	if err := j.expected(content.Digest().String()); err != nil {
		return registry.Pushed{}, err
	}
	pushed, err := j.store(ctx, content)
	if err == nil {
		j.log.Info("pushed", "image", pushed.Digest.String(), "layers", pushed)
	}
	return pushed, err
}

// expected holds the image against --digest.
func (j *job) expected(digest string) error {
	if j.digest == "" || j.digest == digest {
		return nil
	}
	return fmt.Errorf("--from=%s has the digest %s, --digest wants %s; nothing was pushed", j.from, digest, j.digest)
}

// putTags puts the tags that were asked for, none of several where one is taken.
func (j *job) putTags(ctx context.Context, digest name.Digest) (err error) {
	if len(j.tags) > 1 {
		err = j.client.Free(ctx, digest, j.tags...)
	}
	for _, tag := range j.tags {
		if err == nil {
			err = j.client.Tag(ctx, digest, tag)
		}
	}
	var taken *registry.TakenError
	if errors.As(err, &taken) {
		return step.Hint(err, "push under another tag; nothing here moves this one, and a rule of a Harbor project may forbid to delete it too")
	}
	return err
}

func (o *options) print(w io.Writer, digest name.Digest) error {
	if o.output == "json" {
		return json.NewEncoder(w).Encode(map[string]string{
			"url": digest.Context().Name(), "digest": digest.DigestStr(), "ref": digest.String(),
		})
	}
	_, err := fmt.Fprintln(w, digest)
	return err
}
