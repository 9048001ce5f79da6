// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// cachePatience is how long the cache of layers may take to answer: a build goes
// on without it.
const cachePatience = 20 * time.Second

// upstream reads the layers that earlier builds left in a registry.
type upstream struct {
	client *registry.Client
	repo   name.Repository
	log    *slog.Logger
	away   atomic.Bool
}

// newUpstream opens a repository with credentials that may pull.
func (o *options) newUpstream(repository string, log *slog.Logger) (*upstream, error) {
	options := registry.Options{DockerConfig: o.pullConfig, CAFiles: o.caFiles, Insecure: o.insecure, Timeout: cachePatience}
	client, err := options.Client(log)
	if err != nil {
		return nil, err
	}
	repo, err := client.Repository(repository)
	if err != nil {
		return nil, step.Misuse("--plan: the cache: %w", err)
	}
	return &upstream{client: client, repo: repo, log: log}, nil
}

// Entry reads the manifest of a key. A cache that cannot be asked is not asked again.
func (u *upstream) Entry(ctx context.Context, key string) (v1.Descriptor, []byte, bool) {
	if u.away.Load() {
		return v1.Descriptor{}, nil, false
	}
	ctx, cancel := context.WithTimeout(ctx, 2*cachePatience)
	defer cancel()
	got, err := u.client.Get(ctx, u.repo.Tag(key))
	if err == nil {
		return got.Descriptor, got.Manifest, true
	}
	if !errors.Is(err, registry.ErrAbsent) && !u.away.Swap(true) {
		u.log.Warn("layers of earlier builds cannot be had, so everything is built", "repository", u.repo.Name(), "cause", err.Error())
	}
	return v1.Descriptor{}, nil, false
}

// Blob opens a blob of an entry.
func (u *upstream) Blob(ctx context.Context, h v1.Hash, size int64) (io.ReadCloser, error) {
	return u.client.Blob(ctx, u.repo, h, size).Open()
}
