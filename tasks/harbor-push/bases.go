// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"context"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/adze-ci/adze/internal/plan"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// bases are the images that a build began with, as the plan has them. Their
// layers may be missing in a layout, for they are in a registry; which layers
// those are is never the layout's word: it could name any digest of a repository
// that only the push may read.
type bases struct {
	ctx    context.Context //nolint:containedctx // layers are read while it lasts
	client *registry.Client
	plan   *plan.Plan
	repos  map[string]name.Repository
	// cache is the repository that keeps layers for later builds; none without one.
	cache []name.Repository
}

// readBases reads the plan; an empty name stands for none.
func readBases(ctx context.Context, client *registry.Client, file string) (bases, error) {
	b := bases{ctx: ctx, client: client, plan: &plan.Plan{}, repos: map[string]name.Repository{}}
	if file == "" {
		return b, nil
	}
	var err error
	if b.plan, err = plan.Read(file); err != nil {
		return b, step.Misuse("--plan: %w", err)
	}
	for _, base := range b.plan.Bases {
		if b.repos[base.Repository], err = client.Repository(base.Repository); err != nil {
			return b, step.Misuse("--plan: base %s: %w", base.Name, err)
		}
	}
	if cache, err := client.Repository(b.plan.CacheRepository); err == nil {
		b.cache = append(b.cache, cache) // what is wrong with it is told when it is written to
	}
	return b, nil
}

// layer is a layer of the bases', of the same digest and size.
func (b bases) layer(desc v1.Descriptor) (registry.Blob, bool) {
	if b.plan == nil {
		return registry.Blob{}, false
	}
	known, from, ok := b.plan.Layer(desc.Digest.String())
	if !ok || known.Size != desc.Size {
		return registry.Blob{}, false
	}
	blob := b.client.Blob(b.ctx, b.repos[from[0].Repository], desc.Digest, desc.Size)
	for _, base := range from[1:] {
		blob.In = append(blob.In, b.repos[base.Repository])
	}
	return blob, true
}
