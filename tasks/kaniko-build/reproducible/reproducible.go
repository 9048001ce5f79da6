// SPDX-License-Identifier: Apache-2.0

// Package reproducible gives what a build added to an image fixed times, so that
// the same files make the same digest. Layers of the base stay as they are, and
// stay shared with it; a layer is rewritten as a stream.
//
// Only times are touched: files of new layers are from 1970, so that a layer is
// the same at each commit that does not change it, and the configuration is from
// the given time. What RUN lines write may still differ from build to build.
package reproducible

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"
)

// maxJSON is how many bytes a manifest or a configuration may have.
const maxJSON = 4 << 20

// ErrUnknown tells that an image does not say which of its layers are new; it
// was left as it is.
var ErrUnknown = errors.New("the image does not say which layers the build added")

// image is an image in an OCI layout that is being rewritten.
type image struct {
	root     *os.Root
	created  time.Time
	desc     v1.Descriptor
	manifest *v1.Manifest
	config   *v1.ConfigFile
}

// Rewrite gives the image of a layout fixed times. Added tells the lines of the
// Dockerfile that made layers, in their order; the image's history ends with
// such lines. Layers that the layout lacks are left alone.
func Rewrite(ctx context.Context, dir string, added []string, created time.Time) (v1.Hash, *v1.Manifest, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return v1.Hash{}, nil, err
	}
	defer root.Close() //nolint:errcheck // files written below it are closed one by one
	img := &image{root: root, created: created.UTC().Truncate(time.Second)}
	if err := img.read(); err != nil {
		return v1.Hash{}, nil, err
	}
	old := img.blobs()
	if err := img.rewriteLayers(ctx, added); err != nil {
		return img.desc.Digest, img.manifest, err
	}
	img.config.Created = v1.Time{Time: img.created}
	if err := img.write(); err != nil {
		return img.desc.Digest, img.manifest, err
	}
	return img.desc.Digest, img.manifest, img.drop(old)
}

// read reads the image that index.json names.
func (i *image) read() error {
	raw, err := i.readFile("index.json")
	if err != nil {
		return err
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(raw, &index); err != nil {
		return fmt.Errorf("parsing index.json: %w", err)
	}
	if len(index.Manifests) != 1 {
		return fmt.Errorf("index.json names %d images, want 1", len(index.Manifests))
	}
	i.desc = index.Manifests[0]
	if raw, err = i.readBlob(i.desc.Digest); err != nil {
		return err
	}
	if i.manifest, err = v1.ParseManifest(bytes.NewReader(raw)); err != nil {
		return err
	}
	if raw, err = i.readBlob(i.manifest.Config.Digest); err != nil {
		return err
	}
	i.config, err = v1.ParseConfigFile(bytes.NewReader(raw))
	return err
}

// rewriteLayers rewrites those that the build added.
func (i *image) rewriteLayers(ctx context.Context, added []string) error {
	first, err := i.firstAdded(added)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, min(2, runtime.GOMAXPROCS(0))))
	for n := first; n < len(i.manifest.Layers); n++ {
		group.Go(func() error { return i.rewriteLayer(ctx, n) })
	}
	return group.Wait()
}

// firstAdded is the number of the first layer that the build added. The executor
// writes the line that made a layer into the history, and nothing for a line that
// made none.
func (i *image) firstAdded(added []string) (int, error) {
	var layers []int // in the history
	for n, h := range i.config.History {
		if !h.EmptyLayer {
			layers = append(layers, n)
		}
	}
	if len(layers) != len(i.manifest.Layers) || len(layers) != len(i.config.RootFS.DiffIDs) {
		return 0, ErrUnknown
	}
	first := len(layers)
	for first > 0 {
		h := &i.config.History[layers[first-1]]
		if added = before(added, h.CreatedBy); added == nil {
			break
		}
		h.Created = v1.Time{Time: i.created}
		first--
	}
	return first, nil
}

// before are the lines before the last of some words; nil without such a line.
func before(lines []string, words string) []string {
	for n := len(lines) - 1; n >= 0; n-- {
		if lines[n] == words {
			return lines[:n:n]
		}
	}
	return nil
}

// write writes configuration, manifest and index.
func (i *image) write() error {
	config, err := json.Marshal(i.config)
	if err != nil {
		return err
	}
	if i.manifest.Config.Digest, i.manifest.Config.Size, err = i.writeBlob(config); err != nil {
		return err
	}
	manifest, err := json.Marshal(i.manifest)
	if err != nil {
		return err
	}
	if i.desc.Digest, i.desc.Size, err = i.writeBlob(manifest); err != nil {
		return err
	}
	index, err := json.Marshal(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{i.desc}})
	if err != nil {
		return err
	}
	return i.root.WriteFile("index.json", index, 0o644)
}

// blobs are all that the image needs.
func (i *image) blobs() []v1.Hash {
	all := []v1.Hash{i.desc.Digest, i.manifest.Config.Digest}
	for _, l := range i.manifest.Layers {
		all = append(all, l.Digest)
	}
	return all
}

// drop removes blobs that the image needs no more.
func (i *image) drop(old []v1.Hash) error {
	needed := i.blobs()
	for _, h := range old {
		if slices.Contains(needed, h) {
			continue
		}
		if err := i.root.Remove(blobPath(h)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (i *image) writeBlob(data []byte) (v1.Hash, int64, error) {
	h, size, err := v1.SHA256(bytes.NewReader(data))
	if err != nil {
		return h, 0, err
	}
	return h, size, i.root.WriteFile(blobPath(h), data, 0o644)
}

// readBlob reads a small blob.
func (i *image) readBlob(h v1.Hash) ([]byte, error) {
	data, err := i.readFile(blobPath(h))
	if err != nil {
		return nil, err
	}
	if got, _, err := v1.SHA256(bytes.NewReader(data)); err != nil || got != h {
		return nil, errors.Join(err, fmt.Errorf("blob %s: %w", h, errChanged))
	}
	return data, nil
}

// readFile reads a small file.
func (i *image) readFile(name string) ([]byte, error) {
	f, err := i.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxJSON+1))
	if len(data) > maxJSON {
		return nil, fmt.Errorf("%s has more than %d bytes", name, maxJSON)
	}
	return data, err
}

// blobPath is where a blob lies; v1.Hash has checked that the digest is hex.
func blobPath(h v1.Hash) string { return path.Join("blobs", h.Algorithm, h.Hex) }
