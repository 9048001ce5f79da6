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
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/internal/retry"
)

// persist repeats tries until one succeeds, is refused, or the registry has been
// away for too long. That time runs from the try that got furthest, in bytes, or
// from the first; what ends it is a try that began after it and got no further:
// each that takes long is followed by another. A registry that asks to wait for
// longer is not asked again.
func (s *session) persist(ctx context.Context, what fmt.Stringer, try func() (furthest int64, err error)) error {
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval, waits.MaxInterval = s.client.firstWait, longestWait
	stuck, most := time.Now(), int64(0)
	for began := stuck; ; began = time.Now() {
		furthest, err := try()
		if err == nil || !worthAnotherTry(ctx, err) {
			return err
		}
		asked := s.patience.asked()
		switch {
		case asked > s.client.timeout:
			return err
		case furthest > most:
			stuck, most = time.Now(), furthest
		case began.Sub(stuck) > s.client.timeout:
			return err
		}
		wait := max(waits.NextBackOff(), asked)
		s.client.log.Warn("trying again", "operation", "push", "what", what.String(), "cause", plain.Line(redact(err).Error(), mostWords), "wait", wait.Round(time.Millisecond).String())
		if err := retry.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// worthAnotherTry tells whether pushing again may succeed: not after a refusal
// that the registry would repeat, not after a login, which was repeated, nor when
// the image itself cannot be read.
func worthAnotherTry(ctx context.Context, err error) bool {
	var (
		answer *transport.Error
		sent   *url.Error
		file   *fs.PathError
		spoilt *spoiledError
		login  *loginError
	)
	switch {
	case ctx.Err() != nil || retry.Permanent(err) || errors.As(err, &login):
		return false
	case errors.As(err, &spoilt):
		return true
	case errors.As(err, &answer):
		return notNow(answer.StatusCode) || lostUpload(answer)
	default:
		return errors.As(err, &sent) && !errors.As(err, &file)
	}
}

// notNow knows the answers that a later request may not get.
func notNow(status int) bool {
	return status >= http.StatusInternalServerError || status == http.StatusTooManyRequests
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
