// SPDX-License-Identifier: Apache-2.0

// Package harborpush pushes an image to Harbor, or to any registry, by digest.
//
// The image, or the index of images, comes from an OCI layout, a docker tarball
// or another registry. It gets no tag unless one is named: a tag is what deploys an image, so whoever
// judges the image puts it. The digest that is pushed is the digest that was
// built, and the registry is asked for it afterwards.
//
// A layout is taken as what a stranger wrote, and may still be writing, for a
// build can make Tekton start the next step early: it must hold one image, its
// files must be plain files inside it, and it decides nothing but its own content.
// Layers may be missing in it that a base has, but only if the plan says so, which
// the build could not write: they are mounted or copied from the base's repository.
// Manifests that claim to belong to another image, or whose layers are to be
// fetched from elsewhere, are refused.
//
// Results: IMAGE_URL (the repository), IMAGE_DIGEST and IMAGE_REF
// (repository@digest). The last is printed too.
package harborpush

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/result"
	"github.com/adze-ci/adze/internal/step"
)

// Command is the binary.
func Command() step.Command {
	return step.Command{
		Name:    "harbor-push",
		Summary: "push an image by digest",
		New:     func() step.Options { return &options{} },
	}
}

type options struct {
	registry harbor.Options
	from     string
	plan     string
	image    string
	tag      string
	output   string

	url, digest, ref *result.Value
}

func (o *options) AddFlags(f *step.Flags) {
	f.StringVar(&o.from, "from", "", "the image to push: `PATH` of an OCI layout (a folder) or of a docker tarball, or a reference in a registry")
	f.StringVar(&o.plan, "plan", "", "`FILE` of kaniko-reuse that says which layers bases have: those may be missing in an OCI layout")
	f.StringVar(&o.image, "image", "", "`REPOSITORY` to push to, with its registry and without a tag")
	f.StringVar(&o.tag, "tag", "", "`TAG` to put on the image; none by default")
	f.ChoiceVar(&o.output, "output", "text", []string{"text", "json"}, "how the answer is printed")
	o.registry.AddFlags(f)
	o.url = f.Result("IMAGE_URL", "the repository that was pushed to")
	o.digest = f.Result("IMAGE_DIGEST", "the digest that the registry has")
	o.ref = f.Result("IMAGE_REF", "repository@digest")
}

func (o *options) Validate() error {
	switch {
	case o.from == "":
		return errors.New("--from is missing")
	case o.image == "":
		return errors.New("--image is missing")
	}
	return o.registry.Validate()
}

func (o *options) Run(ctx context.Context, env *step.Env) error {
	client, _, err := o.registry.Client(env.Log)
	if err != nil {
		return err
	}
	repo, err := client.Repository(o.image)
	if err != nil {
		return err
	}
	digest, err := o.push(ctx, client, repo, env.Log)
	if err != nil {
		return err
	}
	if err := o.putTag(ctx, client, digest); err != nil {
		return err
	}
	o.url.Set(repo.Name())
	o.digest.Set(digest.DigestStr())
	o.ref.Set(digest.String())
	return o.print(env.Stdout, digest)
}

// push brings the image into the repository. One that is there already by its
// digest is only asked for: Harbor may forbid to read it.
func (o *options) push(ctx context.Context, client *registry.Client, repo name.Repository, log *slog.Logger) (name.Digest, error) {
	if has, err := client.Digest(o.from); err == nil && has.Context() == repo {
		log.Info("nothing to push, the image is in the repository", "image", has.String())
		return has, client.Has(ctx, has)
	}
	content, done, err := o.open(ctx, client, log)
	if err != nil {
		return name.Digest{}, err
	}
	defer done()
	pushed, err := client.Store(ctx, repo, content)
	if err != nil {
		return name.Digest{}, err
	}
	log.Info("pushed", "image", pushed.Digest.String(), "bytes", pushed)
	return pushed.Digest, nil
}

// putTag puts the tag that was asked for.
func (o *options) putTag(ctx context.Context, client *registry.Client, digest name.Digest) error {
	if o.tag == "" {
		return nil
	}
	err := client.Tag(ctx, digest, o.tag)
	var taken *registry.TakenError
	if errors.As(err, &taken) {
		return step.Hint(err, "push under another tag, or delete the tag in the registry first")
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
