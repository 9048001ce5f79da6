// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"bytes"
	"context"
	"hash/fnv"
	"io"
	"net/http"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"
)

// parallel is how many blobs are uploaded at a time.
const parallel = 4

// Push stores an image in a repository under its digest, with no tag, and
// returns once the registry says that it has that digest.
func (c *Client) Push(ctx context.Context, repo name.Repository, img v1.Image) (name.Digest, error) {
	content, err := OfImage(img)
	if err != nil {
		return name.Digest{}, err
	}
	pushed, err := c.Store(ctx, repo, content)
	return pushed.Digest, err
}

// Store brings content into a repository, with no tag, and returns once the
// registry says that it has the last manifest. Blobs that the registry has are
// not sent: not those of the repository, and not those that can be mounted from
// another. After a cut connection an upload goes on where the registry got to.
//
// Of several pushes through one client that share a blob, one sends it.
func (c *Client) Store(ctx context.Context, repo name.Repository, content *Content) (Pushed, error) {
	digest := repo.Digest(content.Digest().String())
	session, count := c.session(repo), &progress{}
	err := c.bringAll(ctx, session, count, content.Blobs)
	for _, m := range content.Manifests {
		if err == nil {
			err = session.persist(ctx, digest, func() (int64, error) { return 0, session.put(ctx, m) })
		}
	}
	if err != nil {
		return Pushed{}, c.refused(ctx, "pushing", digest, err)
	}
	return count.pushed(digest), c.Has(ctx, digest)
}

// bringAll brings blobs into the repository, several at a time.
func (c *Client) bringAll(ctx context.Context, s *session, count *progress, blobs []Blob) error {
	known := map[v1.Hash]bool{}
	for _, blob := range blobs {
		if !known[blob.Digest] {
			known[blob.Digest] = true
			count.total += blob.Size
			count.uploads = append(count.uploads, &upload{session: s, blob: blob, count: count})
		}
	}
	defer count.tell(c.log)()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, u := range apart(s.repo, count.uploads) {
		group.Go(func() error { return c.bring(ctx, u) })
	}
	return group.Wait()
}

// apart puts uploads into an order of the repository's own: of several steps
// that push what shares layers at once, each begins elsewhere, and finds what the
// others have brought by then.
func apart(repo name.Repository, all []*upload) []*upload {
	if len(all) == 0 {
		return nil
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(repo.Name()))
	first := int(sum.Sum32() % uint32(len(all))) //nolint:gosec // as many layers as that no image has
	return append(slices.Clone(all[first:]), all[:first]...)
}

// bring brings one blob into the repository.
func (c *Client) bring(ctx context.Context, u *upload) error {
	has, end, err := c.flights.claim(ctx, u.session.repo, u.blob.Digest)
	if err != nil {
		return err
	}
	if has != nil {
		u.blob.In = append([]name.Repository{*has}, u.blob.In...)
	}
	err = u.session.persist(ctx, u, func() (int64, error) { return u.try(ctx) })
	end(err)
	return err
}

// put stores a manifest under its digest. It does not ask first whether it is
// there: Harbor may answer 412 to that.
func (s *session) put(ctx context.Context, m Manifest) error {
	_, err := s.do(ctx, call{
		method: http.MethodPut, url: at(s.repo, "manifests/"+m.Digest.String()),
		header: map[string]string{"Content-Type": string(m.MediaType)},
		body:   func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(m.Raw)), nil },
		size:   int64(len(m.Raw)),
		want:   []int{http.StatusOK, http.StatusCreated, http.StatusAccepted},
	})
	return err
}
