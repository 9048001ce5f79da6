// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/registry"
)

// cacheSuffix ends the name of the folder beside a layout in which the build left
// layers for later builds: an OCI layout each, named by Kaniko's key for it.
const cacheSuffix = ".cache"

// maxEntries is how many of them are pushed.
const maxEntries = 256

var cacheKey = regexp.MustCompile(`^[0-9a-f]{64}$`)

// keepCache pushes what the build left for later builds to where the plan has the
// cache, under tags that never move. It is of use and not needed, so what is wrong
// with it is told and fails nothing; an error says that the run was ended.
func (j *job) keepCache(ctx context.Context) error {
	if j.bases.plan == nil || j.bases.plan.CacheRepository == "" || !j.writeCache {
		return nil
	}
	keys, err := j.cacheKeys()
	if err != nil || len(keys) == 0 {
		j.warn("", err)
		return nil
	}
	repo, err := j.client.Repository(j.bases.plan.CacheRepository)
	if err != nil {
		j.warn("", err)
		return nil
	}
	var sum registry.Pushed
	for _, key := range keys {
		pushed, err := j.keepEntry(ctx, repo, key)
		sum.Uploaded, sum.Mounted, sum.There = sum.Uploaded+pushed.Uploaded, sum.Mounted+pushed.Mounted, sum.There+pushed.There
		if ctx.Err() != nil {
			return ctx.Err()
		}
		j.warn(key, err)
		var refused *registry.Error
		if errors.As(err, &refused) {
			break // the next one would be as well
		}
	}
	j.log.Info("kept layers for later builds", "repository", repo.Name(), "entries", len(keys), "layers", sum)
	return nil
}

func (j *job) warn(key string, err error) {
	if err != nil {
		j.log.Warn("a layer is not kept for later builds", "key", key, "cause", err.Error())
	}
}

// cacheKeys lists the entries; there is none where there is no folder.
func (j *job) cacheKeys() ([]string, error) {
	info, err := os.Lstat(j.from + cacheSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil || !info.IsDir() {
		return nil, errors.Join(err, fmt.Errorf("%s is no folder", j.from+cacheSuffix))
	}
	entries, err := os.ReadDir(j.from + cacheSuffix)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, e := range entries {
		if e.IsDir() && cacheKey.MatchString(e.Name()) && len(keys) < maxEntries {
			keys = append(keys, e.Name())
		}
	}
	return keys, nil
}

// keepEntry pushes one, unless the cache has another under its key.
func (j *job) keepEntry(ctx context.Context, repo name.Repository, key string) (registry.Pushed, error) {
	if _, err := j.client.Resolve(ctx, repo.Tag(key)); !errors.Is(err, registry.ErrAbsent) {
		return registry.Pushed{}, err
	}
	above, err := os.OpenRoot(j.from + cacheSuffix)
	if err != nil {
		return registry.Pushed{}, err
	}
	defer above.Close() //nolint:errcheck // it was only read
	root, err := above.OpenRoot(key)
	if err != nil {
		return registry.Pushed{}, err
	}
	defer root.Close() //nolint:errcheck // it was only read
	l := &layout{folder: folder{root}}
	if err := l.readIndexFile(); err != nil {
		return registry.Pushed{}, err
	}
	if len(l.content.Manifests) != 1 || len(l.content.Blobs) != 2 {
		return registry.Pushed{}, errors.New("it is no image of one layer")
	}
	pushed, err := j.client.Store(ctx, repo, &l.content)
	if err != nil {
		return pushed, err
	}
	err = j.client.Tag(ctx, pushed.Digest, key)
	var taken *registry.TakenError
	if errors.As(err, &taken) {
		return pushed, nil // another build was first
	}
	return pushed, err
}
