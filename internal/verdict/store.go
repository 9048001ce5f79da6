// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/adze-ci/adze/internal/registry"
)

// mostKept is how large a verdict may be, in bytes.
const mostKept = 16 << 20

// Suffix ends the tags of verdicts; no image may have such a tag.
const Suffix = ".scan"

// The artifact's type is that of its one layer; the annotations tell the same
// to who reads manifests alone.
const (
	inTotoType = types.MediaType("application/vnd.in-toto+json")
	typeKey    = "in-toto.io/predicate-type"
	summaryKey = "dev.adze.scan.summary"
	verdictKey = "dev.adze.scan.verdict"
	createdKey = "org.opencontainers.image.created"
)

// Keep puts a verdict beside its image, in place of the one before.
func Keep(ctx context.Context, c *registry.Client, d *Document) error {
	raw, err := d.encode()
	if err != nil {
		return fmt.Errorf("writing the verdict on %s: %w", d.Image, err)
	}
	if len(raw) > mostKept {
		return fmt.Errorf("the verdict on %s has %d bytes, and at most %d are kept", d.Image, len(raw), mostKept)
	}
	layer := mutate.Addendum{Layer: static.NewLayer(raw, inTotoType), Annotations: map[string]string{typeKey: predicateType}}
	kept, err := mutate.Append(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), inTotoType), layer)
	if err != nil {
		return fmt.Errorf("writing the verdict on %s: %w", d.Image, err)
	}
	annotations := map[string]string{summaryKey: d.Summary, verdictKey: d.Verdict, createdKey: d.Judged.UTC().Format(time.RFC3339)}
	kept = mutate.Annotations(kept, annotations).(v1.Image) //nolint:forcetypeassert // what it got
	return c.PutBeside(ctx, d.Image, tagOf(d.Image), kept)
}

// Find gives the verdict on an image; the error is registry.ErrAbsent where none is kept.
func Find(ctx context.Context, c *registry.Client, image name.Digest) (*Document, error) {
	kept, manifest, err := open(ctx, c, image)
	if err != nil {
		return nil, err
	}
	if manifest.Config.MediaType != inTotoType || len(manifest.Layers) != 1 || manifest.Layers[0].Size > mostKept {
		return nil, fmt.Errorf("%s holds no verdict", tagOf(image))
	}
	layers, err := kept.Layers()
	if err != nil {
		return nil, fmt.Errorf("reading the verdict on %s: %w", image, err)
	}
	stream, err := layers[0].Compressed()
	if err != nil {
		return nil, fmt.Errorf("reading the verdict on %s: %w", image, err)
	}
	defer stream.Close() //nolint:errcheck // it was only read
	raw, err := io.ReadAll(io.LimitReader(stream, mostKept))
	if err != nil {
		return nil, fmt.Errorf("reading the verdict on %s: %w", image, err)
	}
	d, err := decode(raw, image)
	if err != nil {
		return nil, fmt.Errorf("reading the verdict on %s: %w", image, err)
	}
	return d, nil
}

// Summary is the line for people of the verdict on an image, empty where none is kept.
func Summary(ctx context.Context, c *registry.Client, image name.Digest) (string, error) {
	_, manifest, err := open(ctx, c, image)
	if errors.Is(err, registry.ErrAbsent) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return manifest.Annotations[summaryKey], nil
}

// open reads the manifest that is under an image's tag.
func open(ctx context.Context, c *registry.Client, image name.Digest) (v1.Image, *v1.Manifest, error) {
	got, err := c.Get(ctx, tagOf(image))
	if err != nil {
		return nil, nil, err
	}
	kept, err := got.Image()
	if err != nil {
		return nil, nil, fmt.Errorf("reading the verdict on %s: %w", image, err)
	}
	manifest, err := kept.Manifest()
	if err != nil {
		return nil, nil, fmt.Errorf("reading the verdict on %s: %w", image, err)
	}
	return kept, manifest, nil
}

// tagOf is where the verdict on an image is.
func tagOf(image name.Digest) name.Tag {
	return image.Context().Tag(strings.ReplaceAll(image.DigestStr(), ":", "-") + Suffix)
}
