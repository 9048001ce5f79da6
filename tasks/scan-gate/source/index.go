// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// maxChildren bounds how many images of one index are scanned.
const maxChildren = 32

// child is one image of an index; platform is empty for an image on its own.
type child struct {
	image    name.Digest
	platform string
}

// eachImage scans an image, or every image of an index one after the other:
// scanners that are handed an index look at the image of one platform and say
// nothing of the others, which the tag would be put on as well. If one of them
// cannot be scanned, nothing is known of the index.
func eachImage(ctx context.Context, images *registry.Client, image name.Digest, log *slog.Logger, scan func(context.Context, name.Digest) (*finding.Scan, error)) (*finding.Scan, error) {
	children, err := childrenOf(ctx, images, image, log)
	if err != nil {
		return nil, err
	}
	var scans []*finding.Scan
	for _, c := range children {
		if c.platform != "" {
			log.Info("scanning the image of a platform", "platform", c.platform, "image", c.image.String())
		}
		one, err := scan(ctx, c.image)
		if err != nil && c.platform != "" {
			return nil, fmt.Errorf("the image of platform %s: %w", c.platform, err)
		}
		if err != nil {
			return nil, err
		}
		if c.platform != "" {
			for i := range one.Findings {
				one.Findings[i].Platform, one.Findings[i].Child = c.platform, c.image.DigestStr()
			}
		}
		scans = append(scans, one)
	}
	return merge(scans), nil
}

// childrenOf are the images to scan: the image itself, or those of the index
// that it is. What an index says is the word of whoever pushed it.
func childrenOf(ctx context.Context, images *registry.Client, image name.Digest, log *slog.Logger) ([]child, error) {
	got, err := images.Get(ctx, image)
	var refused *registry.Error
	if errors.As(err, &refused) && refused.Status == 412 {
		return nil, step.Hint(err, "the project lets nobody pull what Harbor has not scanned; use --scanner=harbor there")
	}
	if err != nil {
		return nil, err
	}
	if !got.MediaType.IsIndex() {
		return []child{{image: image}}, nil
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(got.Manifest, &index); err != nil {
		return nil, fmt.Errorf("reading the index %s: %w", image, err)
	}
	var children []child
	for _, d := range index.Manifests {
		platform := platformOf(d)
		switch at := image.Context().Digest(d.Digest.String()); {
		case !d.MediaType.IsImage():
			return nil, fmt.Errorf("the index %s holds %s, of type %q, which no scanner knows", image, d.Digest, plain.Line(string(d.MediaType), 80))
		case platform == "unknown/unknown":
			log.Info("not scanned: it is for no platform, which is how attestations are kept", "manifest", at.String())
		case !slices.ContainsFunc(children, func(c child) bool { return c.image == at }):
			children = append(children, child{at, platform})
		}
	}
	if len(children) == 0 || len(children) > maxChildren {
		return nil, fmt.Errorf("the index %s holds %d images to scan; want 1 to %d", image, len(children), maxChildren)
	}
	return children, nil
}

// platformOf names a platform as docker does, "linux/arm64/v8".
func platformOf(d v1.Descriptor) string {
	if d.Platform == nil {
		return "not told"
	}
	return plain.Line(strings.TrimSuffix(d.Platform.OS+"/"+d.Platform.Architecture+"/"+d.Platform.Variant, "/"), 60)
}

// merge makes one scan of those of an index's images. It is as old as the oldest.
func merge(scans []*finding.Scan) *finding.Scan {
	all := *scans[0]
	for _, s := range scans[1:] {
		all.Findings = append(all.Findings, s.Findings...)
		for _, c := range s.Caveats {
			if !slices.Contains(all.Caveats, c) {
				all.Caveats = append(all.Caveats, c)
			}
		}
		all.Packages = together(all.Packages, s.Packages)
		if !strings.Contains(all.OS, s.OS) {
			all.OS += ", " + s.OS
		}
		all.EndOfLife = all.EndOfLife || s.EndOfLife
		all.Database, all.Started, all.Finished = older(all.Database, s.Database), older(all.Started, s.Started), older(all.Finished, s.Finished)
	}
	return &all
}

// together is how many packages are known in two images: none where that is so of one
// of them, for what nobody looked into the other's packages do not make up for.
func together(a, b int) int {
	switch {
	case a == 0 || b == 0:
		return 0
	case a < 0 || b < 0:
		return -1
	default:
		return a + b
	}
}

// older is the earlier time; one that is not told leaves both untold.
func older(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
