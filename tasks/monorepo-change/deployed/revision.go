// SPDX-License-Identifier: Apache-2.0

package deployed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/registry"
)

// label says which commit an image was built from:
// https://github.com/opencontainers/image-spec/blob/main/annotations.md
const label = "org.opencontainers.image.revision"

// withoutTag says that a reference names no image.
const withoutTag = "names its image without a tag"

// parallel is how many images the registry is asked for at a time.
const parallel = 8

// revision is the commit that a reference stands for, or why it is not known.
type revision struct {
	id    gitx.ID
	doubt string
}

// image is the reference as a registry knows it; empty where there is neither tag
// nor digest and the reference is in parts.
func (u use) image() string {
	switch {
	case u.Digest != "":
		return u.Repository + "@" + u.Digest
	case u.Tag != "" || u.Whole:
		return u.Repository + ":" + cmp.Or(u.Tag, "latest")
	}
	return ""
}

// inRegistry is the image to ask the registry for; empty where the tag is a
// commit, or where the image is not known.
func (u use) inRegistry() string {
	if gitx.IsID(u.Tag) {
		return ""
	}
	return u.image()
}

// revision is what a use stands for, given what the registry said.
func (u use) revision(said map[string]revision) revision {
	if id, err := gitx.ParseID(u.Tag); err == nil {
		return revision{id: id}
	}
	if ref := u.inRegistry(); ref != "" {
		return said[ref]
	}
	return revision{doubt: withoutTag}
}

// references are what the registry has to be asked for, each once.
func (l *ledger) references() []string {
	refs := map[string]bool{}
	for _, uses := range l.uses {
		for _, u := range uses {
			if ref := u.inRegistry(); ref != "" {
				refs[ref] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(refs))
}

// askRevisions asks the registry which commits images were built from.
func askRevisions(ctx context.Context, images *registry.Client, refs []string) map[string]revision {
	a := asker{images: images, said: map[string]revision{}, silent: map[string]error{}}
	var group errgroup.Group
	group.SetLimit(parallel)
	for _, ref := range refs {
		group.Go(func() error {
			a.ask(ctx, ref)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		panic(err) // none of them returns one
	}
	return a.said
}

// asker asks registries, and leaves alone one that does not answer: waiting for
// it once more for each of many images would take hours.
type asker struct {
	images *registry.Client
	mu     sync.Mutex
	said   map[string]revision
	silent map[string]error
}

func (a *asker) ask(ctx context.Context, ref string) {
	host, _, _ := strings.Cut(ref, "/")
	a.mu.Lock()
	err := a.silent[host]
	a.mu.Unlock()
	r := revision{doubt: fmt.Sprintf("names an image whose commit is not known: %v", err)}
	if err == nil {
		r, err = askRevision(ctx, a.images, ref)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.said[ref] = r
	var answer *registry.Error
	if errors.As(err, &answer) && answer.Status == 0 {
		a.silent[host] = err
	}
}

// askRevision asks for one image; the error says how asking failed.
func askRevision(ctx context.Context, images *registry.Client, s string) (revision, error) {
	ref, err := images.Reference(s)
	if err != nil {
		return revision{doubt: fmt.Sprintf("names an image that cannot be asked for: %v", err)}, nil
	}
	text, err := images.Label(ctx, ref, label)
	if err != nil {
		return revision{doubt: fmt.Sprintf("names an image whose commit is not known: %v", err)}, err
	}
	id, err := gitx.ParseID(text)
	if err != nil {
		return revision{doubt: fmt.Sprintf("names %s, whose tag is no commit and whose label %s is %q", s, label, text)}, nil
	}
	return revision{id: id}, nil
}
