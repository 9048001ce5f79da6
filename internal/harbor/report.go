// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/step"
)

// mostReport is how large a report may be, in bytes.
const mostReport = 256 << 20

// Report is a finished scan's report on one image. Its words are the scanner's, and
// some of them the image's author's.
type Report struct {
	// Image is what was scanned, and Platform that of an index' image.
	Image    name.Digest
	Platform string
	// ID is Harbor's name of the report; the times are the scan's.
	ID                string
	Started, Finished time.Time
	Scanner           Scanner
	// Database is when the scanner's knowledge was made; zero where Harbor does not
	// say, or where it may have been another at the time of the scan.
	Database time.Time
	// Limits are what the scanner is set to leave out, in words of ours.
	Limits          []string
	Vulnerabilities []Vulnerability
}

// Scanner is the program that scanned.
type Scanner struct{ Name, Vendor, Version string }

// Vulnerability is one finding:
// https://github.com/goharbor/pluggable-scanner-spec/blob/master/api/spec/scanner-adapter-openapi-v1.2.yaml
type Vulnerability struct {
	ID          string   `json:"id"`
	Package     string   `json:"package"`
	Version     string   `json:"version"`
	FixVersion  string   `json:"fix_version"`
	Severity    string   `json:"severity"`
	Status      string   `json:"status"` // empty before Harbor 2.13
	Description string   `json:"description"`
	Links       []string `json:"links"`
	// Digests are the images that it was found in.
	Digests []string `json:"artifact_digests"`
	CVSS    struct {
		V3 *float64 `json:"score_v3"`
		V2 *float64 `json:"score_v2"`
	} `json:"preferred_cvss"`
	CWE []string `json:"cwe_ids"`
}

// errReplaced says that a report was not read before another scan began.
var errReplaced = errors.New("another scan began")

// read reads the report of a scan that is done, and proves that it is that
// scan's and whole: Harbor answers with an empty report, or none, where
// none is to be had, and with another one once another scan began.
func (s *scanning) read(ctx context.Context, image name.Digest, done *artifactState, database time.Time) (*Report, error) {
	raw, err := s.addition(ctx, image)
	if err != nil {
		return nil, wrap("reading the scan of", image, "artifact-addition:read", err)
	}
	now, err := s.look(ctx, image)
	if err != nil {
		return nil, err
	}
	if now.report != done.report || !now.done() {
		return nil, errReplaced
	}
	report, err := parse(raw, image, done.total)
	if err != nil {
		return nil, step.Hint(fmt.Errorf("reading Harbor's report on %s: %w", image, err), "have Harbor scan the image again; if that does not help, its scanner's log may say why")
	}
	report.ID, report.Started, report.Finished = done.report, done.started, done.finished
	report.Limits = s.scanner.limits
	if !database.After(done.started) {
		report.Database = database
	}
	return report, nil
}

// parse reads Harbor's answer, which has the report under its type, and holds it
// to the image and to how many findings the overview counts.
func parse(raw []byte, image name.Digest, total int64) (*Report, error) {
	var answer map[string]struct {
		Scanner         Scanner          `json:"scanner"`
		Vulnerabilities *[]Vulnerability `json:"vulnerabilities"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, fmt.Errorf("it is cut short or no JSON: %w", err)
	}
	for _, t := range reportTypes() {
		found, ok := answer[t]
		if !ok {
			continue
		}
		if found.Vulnerabilities == nil || int64(len(*found.Vulnerabilities)) != total {
			return nil, fmt.Errorf("it is not whole: the overview counts %d findings", total)
		}
		r := &Report{Image: image, Scanner: found.Scanner, Vulnerabilities: *found.Vulnerabilities}
		for _, v := range r.Vulnerabilities {
			if v.ID == "" || !slices.Contains(v.Digests, image.DigestStr()) {
				return nil, fmt.Errorf("it has a finding without an identifier or on another image: %q on %q", v.ID, v.Digests)
			}
		}
		return r, nil
	}
	return nil, errors.New("it has none of the types that were asked for, though the scan succeeded")
}

// addition asks for the report; go-client takes the answer for a string, which
// it is not.
func (a *api) addition(ctx context.Context, image name.Digest) ([]byte, error) {
	at := a.base.JoinPath("projects", a.project, "repositories", a.repository, "artifacts", image.DigestStr(), "additions", "vulnerabilities")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("X-Accept-Vulnerabilities", accepted)
	if a.access.User != "" {
		req.SetBasicAuth(a.access.User, a.access.Password)
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answered %s", resp.Status)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, mostReport+1))
	if len(raw) > mostReport {
		return nil, fmt.Errorf("the report is larger than %d bytes", mostReport)
	}
	return raw, err
}
