// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/step"
)

// ScanOptions are how a scan is waited for.
type ScanOptions struct {
	// Timeout is how long all may take; 0 for ten minutes.
	Timeout time.Duration
	// Reuse is how old a finished scan may be that is taken in place of a new one,
	// which would erase its report and, where the project's rules ask for a scan,
	// forbid to pull the image until it ends. 0 for a new one always.
	Reuse time.Duration
	// Log is told how far it is.
	Log *slog.Logger
	// First is the first wait between two looks; 0 for a second.
	First time.Duration
}

// Scan has Harbor's scanner scan an image, or waits for the scan that runs, and
// gives the report; of an index, those on each of its images, for Harbor calls an
// index scanned when one of its images is. An error says that nothing is known;
// it is a misuse where the registry is no Harbor.
func (c *Client) Scan(ctx context.Context, image name.Digest, o ScanOptions) ([]*Report, error) {
	a, err := c.only(ctx, image.Context())
	if err != nil {
		return nil, err
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	s := &scanning{api: a, o: o, scanner: a.knowledge(ctx, o.Log), seen: map[string]bool{}}
	reports, err := s.all(ctx, image)
	if err == nil && len(reports) == 0 {
		err = fmt.Errorf("the index %s lists no image that could run", image)
	}
	return reports, err
}

// scanning is a scan that is waited for.
type scanning struct {
	*api
	o       ScanOptions
	scanner knowledge       // as it is now
	seen    map[string]bool // images of the index, which may list one twice
}

// all scans an image, or each of an index.
func (s *scanning) all(ctx context.Context, image name.Digest) ([]*Report, error) {
	found, err := s.look(ctx, image)
	if err != nil {
		return nil, err
	}
	if len(found.children) == 0 {
		report, err := s.one(ctx, image, found)
		if err != nil {
			return nil, err
		}
		return []*Report{report}, nil
	}
	var reports []*Report
	for _, child := range found.children {
		if s.seen[child.Digest] {
			continue
		}
		s.seen[child.Digest] = true
		if child.Platform == attestation {
			s.o.Log.Info("not scanned: it is for no platform, which is how attestations are kept", "manifest", child.Digest)
			continue
		}
		of, err := s.all(ctx, image.Context().Digest(child.Digest))
		if err != nil {
			return nil, fmt.Errorf("the index' image for %s: %w", child.Platform, err)
		}
		for _, r := range of {
			if r.Platform == "" {
				r.Platform = child.Platform
			}
		}
		reports = append(reports, of...)
	}
	return reports, nil
}

// attestation is the platform of what BuildKit puts into an index beside images.
const attestation = "unknown/unknown"

// one scans one image, unless it was scanned lately.
func (s *scanning) one(ctx context.Context, image name.Digest, found *artifactState) (*Report, error) {
	own := false // whether the scan is one that we began
	known := ""  // the report that the scan will replace
	database := s.scanner.database
	switch {
	case found.fresh(s.o.Reuse, s.scanner.database):
		// What the scanner knows now may have been made before that scan and reached
		// the scanner after it.
		database = time.Time{}
		s.o.Log.Info("Harbor has scanned the image", "image", image.String(), "ended", found.finished.Format(time.RFC3339))
	case found.active():
		s.o.Log.Info("waiting for the scan that Harbor does", "image", image.String(), "status", found.status)
	default:
		own, known = true, found.report
		if err := s.start(ctx, image, found); err != nil {
			return nil, err
		}
	}
	for range tries {
		done, err := s.wait(ctx, image, known)
		var failed *FailedError
		if errors.As(err, &failed) && !own {
			// Whoever began that scan, this one may do better.
			own, known = true, failed.Report
			if err = s.start(ctx, image, &artifactState{report: failed.Report}); err == nil {
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		report, err := s.read(ctx, image, done, database)
		if !errors.Is(err, errReplaced) {
			return report, err
		}
		known = "" // another scan began meanwhile, and its report counts
	}
	return nil, step.Hint(fmt.Errorf("reading Harbor's scan of %s: another one began each time", image), "something else has the image scanned over and over")
}

// tries is how often a scan is begun, or waited for again, before it is given up.
const tries = 3

// FailedError says that Harbor's scan ended without a report.
type FailedError struct {
	// Image is what was scanned, Status Error or Stopped, and Report the scan's name.
	Image          name.Digest
	Status, Report string
	// Log has the last lines of the scan's log, where they may be read.
	Log string
}

func (e *FailedError) Error() string {
	text := fmt.Sprintf("scanning %s: Harbor's scan ended as %s", e.Image, e.Status)
	if e.Log != "" {
		text += ": " + e.Log
	}
	return text
}
