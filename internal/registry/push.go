// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sync/errgroup"

	"github.com/adze-ci/adze/internal/retry"
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
			err = c.persist(ctx, digest, func() (int64, error) { return 0, session.put(ctx, m) })
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
	err = c.persist(ctx, u, func() (int64, error) { return u.try(ctx) })
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

// persist repeats tries until one succeeds, is refused, or the registry has been
// away for too long. That time runs from the try that got furthest, in bytes,
// and what ends it is a try that began later and got no further: each that takes
// long is followed by another.
func (c *Client) persist(ctx context.Context, what fmt.Stringer, try func() (furthest int64, err error)) error {
	var stuck time.Time
	var most int64
	once := func() (struct{}, error) {
		began := time.Now()
		furthest, err := try()
		switch {
		case err == nil:
		case !worthAnotherTry(ctx, err):
			err = backoff.Permanent(err)
		case furthest > most || stuck.IsZero():
			stuck, most = time.Now(), furthest
		case began.Sub(stuck) > c.timeout:
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval, waits.MaxInterval = c.firstWait, longestWait
	_, err := backoff.Retry(ctx, once, backoff.WithBackOff(waits), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, wait time.Duration) {
			c.log.Warn("trying again", "operation", "push", "what", what.String(), "cause", redact(err).Error(), "wait", wait.Round(time.Millisecond).String())
		}))
	return err
}

// worthAnotherTry tells whether pushing again may succeed: not after a refusal
// that the registry would repeat, nor when the image itself cannot be read.
func worthAnotherTry(ctx context.Context, err error) bool {
	var (
		answer *transport.Error
		sent   *url.Error
		file   *fs.PathError
		spoilt *spoiledError
	)
	switch {
	case ctx.Err() != nil || retry.Permanent(err):
		return false
	case errors.As(err, &spoilt):
		return true
	case errors.As(err, &answer):
		return answer.StatusCode >= http.StatusInternalServerError || answer.StatusCode == http.StatusTooManyRequests || lostUpload(answer)
	default:
		return errors.As(err, &sent) && !errors.As(err, &file)
	}
}

// lostUpload knows an upload that went with the registry's restart, or that is
// not where it was thought to be.
func lostUpload(answer *transport.Error) bool {
	return answer.StatusCode == http.StatusRequestedRangeNotSatisfiable ||
		coded(answer, transport.BlobUploadUnknownErrorCode) || coded(answer, transport.BlobUploadInvalidErrorCode)
}

func coded(answer *transport.Error, code transport.ErrorCode) bool {
	return slices.ContainsFunc(answer.Errors, func(d transport.Diagnostic) bool { return d.Code == code })
}
