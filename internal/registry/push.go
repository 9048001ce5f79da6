// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sync/errgroup"

	"github.com/adze-ci/adze/internal/retry"
)

// parallel is how many layers are uploaded at a time.
const parallel = 4

// Push stores an image in a repository under its digest, with no tag, and
// returns once the registry says that it has that digest. Layers that the
// registry has are skipped; after a cut connection only what is missing is
// sent again.
func (c *Client) Push(ctx context.Context, repo name.Repository, img v1.Image) (name.Digest, error) {
	hash, err := img.Digest()
	if err != nil {
		return name.Digest{}, fmt.Errorf("reading the image to push: %w", err)
	}
	digest := repo.Digest(hash.String())
	pusher, err := remote.NewPusher(c.remote(ctx)...)
	if err != nil {
		return name.Digest{}, err
	}
	if err := c.persist(ctx, digest, func() (int64, error) { return c.pushOnce(ctx, pusher, digest, img) }); err != nil {
		return name.Digest{}, wrap("pushing", digest, err)
	}
	return digest, c.Has(ctx, digest)
}

// persist repeats a push until it succeeds, is refused, or has brought no
// further blob for as long as a registry may be away. That time runs from the first
// failure: a large blob may take longer, and gets another try when it is cut off.
func (c *Client) persist(ctx context.Context, image name.Digest, push func() (blobs int64, err error)) error {
	var stuck time.Time
	var most int64
	try := func() (struct{}, error) {
		blobs, err := push()
		switch {
		case err == nil:
		case !worthAnotherTry(ctx, err):
			err = backoff.Permanent(err)
		case blobs > most || stuck.IsZero():
			stuck, most = time.Now(), blobs
		case time.Since(stuck) > c.timeout:
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}
	waits := backoff.NewExponentialBackOff()
	waits.MaxInterval = longestWait
	_, err := backoff.Retry(ctx, try, backoff.WithBackOff(waits), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, wait time.Duration) {
			c.log.Warn("trying again", "operation", "push", "image", image.String(), "cause", redact(err).Error(), "wait", wait.Round(time.Millisecond).String())
		}))
	return err
}

// pushOnce uploads the blobs and puts the manifest, and counts the blobs that
// the registry has by then. It does not ask first whether the manifest is there:
// Harbor may answer 412 to that.
func (c *Client) pushOnce(ctx context.Context, pusher *remote.Pusher, digest name.Digest, img v1.Image) (int64, error) {
	layers, err := img.Layers()
	if err != nil {
		return 0, err
	}
	config, err := partial.ConfigLayer(img)
	if err != nil {
		return 0, err
	}
	layers = append(layers, config)
	var done atomic.Int64
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, layer := range layers {
		group.Go(func() error {
			if err := pusher.Upload(groupCtx, digest.Context(), layer); err != nil {
				return err
			}
			c.tell(layer, done.Add(1), len(layers))
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return done.Load(), err
	}
	return done.Load(), pusher.Put(ctx, digest, img)
}

// tell says how far a push is.
func (c *Client) tell(layer v1.Layer, done int64, all int) {
	hash, _ := layer.Digest()
	size, _ := layer.Size()
	c.log.Info("blob is in the registry", "digest", hash.String(), "bytes", size, "done", fmt.Sprintf("%d/%d", done, all))
}

// worthAnotherTry tells whether pushing again may succeed: not after a refusal
// that the registry would repeat, nor when the image itself cannot be read.
func worthAnotherTry(ctx context.Context, err error) bool {
	var (
		answer *transport.Error
		sent   *url.Error
		file   *fs.PathError
	)
	switch {
	case ctx.Err() != nil || retry.Permanent(err):
		return false
	case errors.As(err, &answer):
		return answer.StatusCode >= http.StatusInternalServerError || answer.StatusCode == http.StatusTooManyRequests || lostUpload(answer)
	default:
		return errors.As(err, &sent) && !errors.As(err, &file)
	}
}

// lostUpload knows an upload session that went with the registry's restart.
func lostUpload(answer *transport.Error) bool {
	return slices.ContainsFunc(answer.Errors, func(d transport.Diagnostic) bool {
		return d.Code == transport.BlobUploadUnknownErrorCode || d.Code == transport.BlobUploadInvalidErrorCode
	})
}
