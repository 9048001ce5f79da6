// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// releaseFile is the YAML in a kept folder, beside the OCI layout of its images.
const releaseFile = "release.yaml"

// resolved puts images in the place of ko's references in the YAML of a folder
// of e2e/tools. YAML and images are kept by all that they are made from; where
// the registry was emptied since, the images are pushed and not built again.
func (p *Platform) resolved(ctx context.Context, tool string, raw []byte, base string) ([]byte, error) {
	dir := filepath.Join(p.Tree, "e2e/tools", tool)
	sources, err := moduleSources(dir)
	if err != nil {
		return nil, err
	}
	key := fingerprint(append(sources, raw, []byte(p.Registry), []byte(base))...)
	kept := filepath.Join(p.Cache, tool+"-"+key)
	if text, err := os.ReadFile(filepath.Join(kept, releaseFile)); err == nil { // #nosec G304 -- our own cache
		return text, pushKept(ctx, kept, byDigest(text, p.Registry))
	}
	config := []byte("defaultBaseImage: " + base + "\ndefaultPlatforms: [linux/amd64]\n")
	refs, err := p.ko(ctx, dir, config, references(raw)...)
	if err != nil {
		return nil, err
	}
	text := resolve(raw, refs)
	if err := keep(ctx, kept, text, byDigest(text, p.Registry)); err != nil {
		return nil, err
	}
	return text, prune(p.Cache, tool, kept)
}

// prune removes what was kept of a tool, but for the newest and its forerunner:
// another checkout may be at that.
func prune(cache, tool, newest string) error {
	old, err := filepath.Glob(filepath.Join(cache, tool+"-????????????????"))
	if err != nil {
		return fmt.Errorf("removing old releases: %w", err)
	}
	old = slices.DeleteFunc(old, func(dir string) bool { return dir == newest })
	slices.SortFunc(old, func(a, b string) int { return modified(b).Compare(modified(a)) })
	for i, dir := range old {
		if i == 0 {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("removing an old release: %w", err)
		}
	}
	return nil
}

// modified is when a file was last written; long ago when it is gone.
func modified(name string) time.Time {
	info, err := os.Stat(name)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// moduleSources reads what a small Go module is made from.
func moduleSources(dir string) ([][]byte, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, fmt.Errorf("reading the sources in %s: %w", dir, err)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
	var all [][]byte
	for _, file := range append(files, filepath.Join(dir, "go.mod"), filepath.Join(dir, "go.sum")) {
		text, err := os.ReadFile(file) // #nosec G304 -- a file of this tree
		if err != nil {
			return nil, fmt.Errorf("reading the sources in %s: %w", dir, err)
		}
		all = append(all, text)
	}
	return all, nil
}

// keep writes YAML and the images that it names into a folder, at once.
func keep(ctx context.Context, dir string, text []byte, refs []string) error {
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".keeping-*")
	if err != nil {
		return fmt.Errorf("keeping images: %w", err)
	}
	defer os.RemoveAll(tmp) //nolint:errcheck // gone by then, or in nobody's way
	index, err := layout.Write(tmp, empty.Index)
	if err != nil {
		return fmt.Errorf("keeping images: %w", err)
	}
	for _, r := range refs {
		ref, err := name.NewDigest(r)
		if err != nil {
			return fmt.Errorf("keeping images: %w", err)
		}
		img, err := remote.Image(ref, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain))
		if err != nil {
			return fmt.Errorf("keeping %s: %w", ref, err)
		}
		if err := index.AppendImage(img); err != nil {
			return fmt.Errorf("keeping %s: %w", ref, err)
		}
	}
	if err := replaceFile(filepath.Join(tmp, releaseFile), text); err != nil {
		return err
	}
	if err := os.Rename(tmp, dir); err != nil && !os.IsExist(err) {
		return fmt.Errorf("keeping images: %w", err)
	}
	return nil
}

// pushKept pushes those of the references that the registry lacks.
func pushKept(ctx context.Context, dir string, refs []string) error {
	for _, r := range refs {
		if !missing(ctx, []string{r}) {
			continue
		}
		repository, digest, _ := strings.Cut(r, "@")
		hash, err := v1.NewHash(digest)
		if err != nil {
			return fmt.Errorf("pushing what was kept: %w", err)
		}
		img, err := layout.Path(dir).Image(hash)
		if err != nil {
			return fmt.Errorf("pushing what was kept of %s: %w", repository, err)
		}
		if _, err := push(ctx, img, repository, remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
			return err
		}
	}
	return nil
}
