// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
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
		ref, err := push(ctx, img, p.Registry+"/"+baseRepository+"/"+base)
		if err != nil {
			return nil, err
		}
		refs[base] = ref
	}
	return refs, nil
}

// push writes img to a repository under the tag latest, sends nothing that is
// there already, and returns the reference by digest.
func push(ctx context.Context, img v1.Image, repository string) (string, error) {
	repo, err := name.NewRepository(repository)
	if err != nil {
		return "", fmt.Errorf("pushing to %s: %w", repository, err)
	}
	digest, err := img.Digest()
	if err != nil {
		return "", fmt.Errorf("pushing to %s: %w", repository, err)
	}
	options := []remote.Option{remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)}
	tag := repo.Tag("latest")
	if there, err := remote.Head(tag, options...); err == nil && there.Digest == digest {
		return repo.Digest(digest.String()).String(), nil
	}
	if err := remote.Write(tag, img, options...); err != nil {
		return "", fmt.Errorf("pushing to %s: %w", repository, err)
	}
	return repo.Digest(digest.String()).String(), nil
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
