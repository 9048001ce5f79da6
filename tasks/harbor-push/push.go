// SPDX-License-Identifier: Apache-2.0

// Package harborpush pushes an image to Harbor, or to any registry, by digest.
//
// The image comes from an OCI layout, a docker tarball or another registry. It
// gets no tag unless one is named: a tag is what deploys an image, so whoever
// judges the image puts it. The digest that is pushed is the digest that was
// built, and the registry is asked for it afterwards.
//
// A layout is taken as what a stranger wrote, and may still be writing, for a
// build can make Tekton start the next step early: it must hold one image, its
// files must be plain files inside it, and it decides nothing but its own content.
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
	image    string
	tag      string
	output   string

	url, digest, ref *result.Value
}

func (o *options) AddFlags(f *step.Flags) {
	f.StringVar(&o.from, "from", "", "the image to push: `PATH` of an OCI layout (a folder) or of a docker tarball, or a reference in a registry")
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
	img, done, err := o.open(ctx, client)
	if err != nil {
		return err
	}
	defer done()
	digest, err := client.Push(ctx, repo, img)
	if err != nil {
		return err
	}
	env.Log.Info("pushed", "image", digest.String())
	if err := o.putTag(ctx, client, digest); err != nil {
		return err
	}
	o.url.Set(repo.Name())
	o.digest.Set(digest.DigestStr())
	o.ref.Set(digest.String())
	return o.print(env.Stdout, digest)
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
