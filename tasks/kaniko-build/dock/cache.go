// SPDX-License-Identifier: Apache-2.0

package dock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// CacheSuffix ends the name of the folder beside the layout that gets what the
// executor would keep for later builds: an OCI layout each, named by its key.
const CacheSuffix = ".cache"

// maxCache is how many bytes of layers are kept for later builds.
const maxCache = 2 << 30

// Upstream is the cache that earlier builds filled.
type Upstream interface {
	// Entry reads the manifest of a key; ok is false when there is none.
	Entry(ctx context.Context, key string) (desc v1.Descriptor, manifest []byte, ok bool)
	// Blob opens a blob of an entry.
	Blob(ctx context.Context, h v1.Hash, size int64) (io.ReadCloser, error)
}

// cacheKey is how the executor names a layer: by a hash of what made it.
var cacheKey = regexp.MustCompile(`^[0-9a-f]{64}$`)

// cache is the repository of layers that the executor keeps for later builds. It
// reads from upstream and writes to a folder: what RUN lines could put there is
// for whoever has the right to push to judge.
type cache struct {
	*store
	upstream Upstream

	mu sync.Mutex
	// foreign are the blobs of upstream's entries that were asked for.
	foreign map[v1.Hash]int64
	entries map[string]bool
	used    int64
}

func openCache(dir string, upstream Upstream) (*cache, error) {
	old, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, e := range old {
		if name := e.Name(); name != "blobs" && !cacheKey.MatchString(name) {
			return nil, fmt.Errorf("%s holds %s, which no build leaves there", dir, name)
		}
		if err := os.RemoveAll(path.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	blobs, err := openStore(dir)
	return &cache{store: blobs, upstream: upstream, foreign: map[v1.Hash]int64{}, entries: map[string]bool{}}, err
}

// has knows what was pushed here alone, for an entry must be whole.
func (c *cache) has(h v1.Hash) (int64, bool) {
	size, err := c.size(h)
	return size, err == nil
}

func (c *cache) read(ctx context.Context, h v1.Hash) (io.ReadCloser, int64, error) {
	if f, size, err := c.open(h); err == nil {
		return f, size, nil
	}
	c.mu.Lock()
	size, ok := c.foreign[h]
	c.mu.Unlock()
	if !ok {
		return nil, 0, os.ErrNotExist
	}
	blob, err := c.upstream.Blob(ctx, h, size)
	return blob, size, err
}

// room lets one blob bring what is left for all. Blobs under way do not count,
// so that some more may come.
func (c *cache) room() (*store, int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.store, max(1, maxCache-c.used)
}

// get finds an entry of upstream's; its blobs may be read from then on.
func (c *cache) get(ctx context.Context, key string) (v1.Descriptor, []byte, bool) {
	if !cacheKey.MatchString(key) {
		return v1.Descriptor{}, nil, false
	}
	desc, raw, ok := c.upstream.Entry(ctx, key)
	if !ok {
		return desc, raw, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	m, err := parse(desc.MediaType, raw, func(v1.Hash) (int64, bool) { return 0, true })
	if err != nil {
		return desc, raw, false
	}
	for _, blob := range blobsOf(m) {
		c.foreign[blob.Digest] = blob.Size
	}
	return desc, raw, true
}

// put makes an entry of what was pushed.
func (c *cache) put(key string, mediaType types.MediaType, raw []byte) (v1.Hash, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, err := parse(mediaType, raw, c.has)
	switch {
	case err != nil:
		return v1.Hash{}, err
	case !cacheKey.MatchString(key) || len(m.Layers) != 1:
		return v1.Hash{}, fmt.Errorf("%w: it is no layer under its key", errManifest)
	case c.entries[key]:
		return v1.Hash{}, fmt.Errorf("%w: its key is taken", errManifest)
	}
	entry, err := c.below(key)
	if err != nil {
		return v1.Hash{}, err
	}
	defer entry.close() //nolint:errcheck // what is in it was closed
	for _, desc := range blobsOf(m) {
		if err := c.root.Link(blobPath(desc.Digest), path.Join(key, blobPath(desc.Digest))); err != nil {
			return v1.Hash{}, err
		}
		c.used += desc.Size
	}
	desc, err := entry.writeImage(mediaType, raw)
	c.entries[key] = err == nil
	return desc.Digest, err
}

// done leaves the entries alone in the folder.
func (c *cache) done() error { return errors.Join(c.root.RemoveAll("blobs"), c.close()) }
