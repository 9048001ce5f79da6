// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"context"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// baseRepository is where base images lie below the registry.
const baseRepository = "base"

// Bases assembles base images, pushes them beside the images that ko makes,
// and returns the reference by digest of each.
func (p *Platform) Bases(ctx context.Context, names ...string) (map[string]string, error) {
	builder, err := p.builder()
	if err != nil {
		return nil, err
	}
	refs := map[string]string{}
	for _, base := range names {
		img, err := builder.Build(ctx, base)
		if err != nil {
			return nil, err
		}
		ref, err := push(ctx, img, p.Registry+"/"+baseRepository+"/"+base, remote.WithAuthFromKeychain(authn.DefaultKeychain))
		if err != nil {
			return nil, err
		}
		refs[base] = ref
	}
	return refs, nil
}

// missing reports whether a registry lacks any of the references by digest.
func missing(ctx context.Context, refs []string) bool {
	for _, r := range refs {
		ref, err := name.NewDigest(r)
		if err != nil {
			return true
		}
		if _, err := remote.Head(ref, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
			return true
		}
	}
	return false
}
