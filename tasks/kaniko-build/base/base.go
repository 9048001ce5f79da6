// SPDX-License-Identifier: Apache-2.0

// Package base looks up the images that a Dockerfile begins with or copies
// from, where Kaniko will look for them: at the registries that stand in for the
// one that the name says, then there.
package base

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/internal/plan"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// patience is how long one registry is asked for one image. The build asks
// again, and is better at telling what is wrong.
const patience = 30 * time.Second

// Options are the flags that say where images are looked for.
type Options struct {
	// Mirrors stand in for docker.io, each as HOST or HOST/PREFIX.
	Mirrors []string
	// Maps are OLD=NEW: a registry, and one that stands in for it in that form.
	Maps []string
}

// AddFlags declares the flags.
func (o *Options) AddFlags(f *step.Flags) {
	f.ArrayVar(&o.Mirrors, "registry-mirror", "registry to pull docker.io's images from, the first that has an image counts")
	f.ArrayVar(&o.Maps, "registry-map", "registry to pull another's images from, as OLD=NEW")
}

// standIns are the registries to ask before another, in Kaniko's order: the
// mirrors come after what is mapped (cmd/executor of v1.25.0).
func (o *Options) standIns(of string) []string {
	var all []string
	for _, maps := range o.Maps {
		for m := range strings.SplitSeq(maps, ";") {
			if old, stand, ok := strings.Cut(m, "="); ok && old == of {
				all = append(all, stand)
			}
		}
	}
	if of == name.DefaultRegistry {
		all = append(all, o.Mirrors...)
	}
	return all
}

// Finder looks images up.
type Finder struct {
	Options
	Client *registry.Client
	// Platform is which image of an index is meant.
	Platform v1.Platform
}

// Find tells which digest a name has now, and where. The layers are left open.
func (f *Finder) Find(ctx context.Context, image string) (plan.Base, error) {
	refs, err := f.candidates(image)
	if err != nil {
		return plan.Base{}, err
	}
	for _, ref := range refs {
		digest, failed := f.resolve(ctx, ref)
		if failed == nil {
			return plan.Base{Name: image, Repository: ref.Context().Name(), Digest: digest.DigestStr()}, nil
		}
		err = cmp.Or(err, failed)
	}
	return plan.Base{}, err
}

func (f *Finder) resolve(ctx context.Context, ref name.Reference) (name.Digest, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return f.Client.Resolve(ctx, ref)
}

// candidates are the references that a name may be found under, in the order
// in which they are tried. A prefix comes before the whole repository, "library/"
// included, as in Kaniko's pkg/image/remote.
func (f *Finder) candidates(image string) ([]name.Reference, error) {
	ref, err := name.ParseReference(image, name.WeakValidation)
	if err != nil {
		return nil, fmt.Errorf("the image name %q: %w", image, err)
	}
	var all []string
	host := ref.Context().RegistryStr()
	for _, stand := range f.standIns(host) {
		all = append(all, strings.TrimSuffix(stand, "/")+strings.TrimPrefix(ref.Name(), host))
	}
	var refs []name.Reference
	for _, full := range append(all, ref.Name()) {
		ref, err := f.Client.Reference(full)
		if err != nil {
			return nil, err
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

// Read fills in what the image of a base that was found holds.
func (f *Finder) Read(ctx context.Context, b *plan.Base) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ref, err := f.Client.Digest(b.Repository + "@" + b.Digest)
	if err != nil {
		return err
	}
	got, err := f.Client.Get(ctx, ref)
	if err != nil {
		return err
	}
	img, err := f.image(got)
	if err != nil {
		return fmt.Errorf("reading %s: %w", ref, err)
	}
	manifest, err := img.Manifest()
	if err != nil {
		return fmt.Errorf("reading %s: %w", ref, err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		return fmt.Errorf("reading %s: %w", ref, err)
	}
	for _, l := range manifest.Layers {
		b.Layers = append(b.Layers, plan.Layer{Digest: l.Digest.String(), Size: l.Size, MediaType: string(l.MediaType)})
	}
	b.WorkDir = config.Config.WorkingDir
	return nil
}

// image picks the platform's image from an index.
func (f *Finder) image(got *remote.Descriptor) (v1.Image, error) {
	if !got.MediaType.IsIndex() {
		return got.Image()
	}
	index, err := got.ImageIndex()
	if err != nil {
		return nil, err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, d := range manifest.Manifests {
		if d.MediaType.IsImage() && d.Platform != nil && d.Platform.Satisfies(f.Platform) {
			return index.Image(d.Digest)
		}
	}
	return nil, fmt.Errorf("it has no image for %s", f.Platform.String())
}
