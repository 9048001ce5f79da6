// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/goharbor/go-client/pkg/sdk/v2.0/client/scan"
	"github.com/goharbor/go-client/pkg/sdk/v2.0/models"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/step"
)

// longestLook and tellEvery are the longest time between two looks, and between
// two lines that say how far a scan is.
const (
	longestLook = 5 * time.Second
	tellEvery   = 15 * time.Second
)

func (a *api) scans() *scan.Client { return scan.New(a.runtime, strfmt.Default, a.auth) }

// start begins a scan, or finds one that runs. After a lost answer it looks
// first: to begin another would erase what the lost one has found by then.
func (s *scanning) start(ctx context.Context, image name.Digest, before *artifactState) error {
	for try := 1; ; try++ {
		_, err := s.scans().ScanArtifact(retry.Once(ctx), &scan.ScanArtifactParams{
			ProjectName: s.project, RepositoryName: s.repository, Reference: image.DigestStr(),
			ScanType: &models.ScanType{ScanType: models.ScanTypeScanTypeVulnerability},
		})
		switch code := status(err); {
		case err == nil:
			s.o.Log.Info("Harbor scans the image", "image", image.String())
			return nil
		case code == http.StatusConflict:
			s.o.Log.Info("waiting for the scan that Harbor does", "image", image.String())
			return nil
		case code != 0 && code < http.StatusInternalServerError, try == tries, ctx.Err() != nil:
			return scanRefused(image, err)
		}
		s.o.Log.Warn("trying again", "operation", "scan", "image", image.String(), "cause", err.Error())
		if err := retry.Sleep(ctx, s.first()); err != nil {
			return err
		}
		now, err := s.look(ctx, image)
		if err != nil {
			return err
		}
		if now.report != before.report && (now.active() || now.done()) {
			return nil
		}
	}
}

// scanRefused adds what Harbor's words do not say: it answers alike to what is no
// image and to a scanner that has been away for half a minute.
func scanRefused(image name.Digest, err error) error {
	wrapped := wrap("having Harbor scan", image, "scan:create", err)
	var e *Error
	if errors.As(err, &e) && strings.Contains(e.Message, "does not support scanning") {
		return step.Hint(wrapped, "either this is no image that the scanner knows, or the scanner is away: the project's page in Harbor shows whether it is healthy")
	}
	return wrapped
}

// wait looks until a scan other than the known one has ended.
func (s *scanning) wait(ctx context.Context, image name.Digest, known string) (*artifactState, error) {
	pause, told := s.first(), time.Now()
	last := ""
	for {
		now, err := s.look(ctx, image)
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, s.late(ctx, image, last)
		case err != nil:
			return nil, err
		case now.active():
			known = ""
		case now.report == known:
			// the one before, whose successor does not show yet
		case now.done():
			return now, nil
		case now.status == success:
			return nil, fmt.Errorf("scanning %s: Harbor's scan succeeded, and does not say how much it found", image)
		case now.status != "":
			return nil, s.failed(ctx, image, now)
		}
		last = now.status
		if time.Since(told) >= tellEvery {
			told = time.Now()
			s.o.Log.Info("waiting for Harbor's scan", "image", image.String(), "status", word(last), "percent", now.percent)
		}
		if retry.Sleep(ctx, pause) != nil {
			return nil, s.late(ctx, image, last)
		}
		pause = min(pause*3/2, longestLook)
		pause += rand.N(pause/10 + 1) //nolint:gosec // spreads looks, keeps no secret
	}
}

func (s *scanning) first() time.Duration {
	if s.o.First > 0 {
		return s.o.First
	}
	return time.Second
}

func word(status string) string {
	if status == "" {
		return "none"
	}
	return plain.Line(status, 20)
}

// late says that a scan did not end in time.
func (s *scanning) late(ctx context.Context, image name.Digest, last string) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("waiting for Harbor's scan of %s: %w", image, ctx.Err())
	}
	err := fmt.Errorf("scanning %s: Harbor's scan did not end within %s; its status was %s: %w", image, s.o.Timeout, word(last), ctx.Err())
	if last == "" {
		return step.Hint(err, "no scanner answers: the project's page in Harbor shows which it has, and whether it is healthy")
	}
	return step.Hint(err, "other scans may come first; --timeout sets how long to wait")
}

// failed adds the end of the scan's log to its failure, where it may be read.
func (s *scanning) failed(ctx context.Context, image name.Digest, now *artifactState) error {
	e := &FailedError{Image: image, Status: plain.Line(now.status, 20), Report: now.report}
	got, err := s.scans().GetReportLog(ctx, &scan.GetReportLogParams{
		ProjectName: s.project, RepositoryName: s.repository, Reference: image.DigestStr(), ReportID: now.report,
	})
	if err != nil {
		return step.Hint(e, "the scan's log in Harbor says why; a robot account reads it with the permission scan:read")
	}
	lines := strings.Split(strings.TrimSpace(got.Payload), "\n")
	e.Log = plain.Line(strings.Join(lines[max(0, len(lines)-5):], " "), 600)
	return step.Hint(e, "the scanner's log says more")
}
