// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"context"
	"time"

	"github.com/goharbor/go-client/pkg/sdk/v2.0/client/artifact"
	"github.com/goharbor/go-client/pkg/sdk/v2.0/models"
	"github.com/google/go-containerregistry/pkg/name"
)

// reportTypes are the reports that are read, the better first; Harbor answers in
// the first of them that it has:
// https://github.com/goharbor/pluggable-scanner-spec/blob/master/api/spec/scanner-adapter-openapi-v1.2.yaml
func reportTypes() []string {
	return []string{
		"application/vnd.security.vulnerability.report; version=1.1",
		"application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0",
	}
}

// accepted is the header that asks for them.
const accepted = "application/vnd.security.vulnerability.report; version=1.1, application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0"

// artifactState is what Harbor says of an image and of its last scan.
type artifactState struct {
	children []Child
	// status is empty for an image that was never scanned, and also for each
	// whose scanner does not answer or is another by now.
	status, report    string
	percent           int64
	started, finished time.Time
	total             int64 // of findings; -1 where it is not told
}

// Child is one manifest of an index.
type Child struct{ Digest, Platform string }

// Harbor's words for a scan's status.
const (
	pending = "Pending"
	running = "Running"
	success = "Success"
)

func (s *artifactState) active() bool { return s.status == pending || s.status == running }

// done tells a scan that has a report.
func (s *artifactState) done() bool { return s.status == success && s.total >= 0 }

// fresh tells a scan that a new one would hardly differ from: it is not too old,
// and the scanner has learnt nothing since.
func (s *artifactState) fresh(reuse time.Duration, database time.Time) bool {
	return s.done() && reuse > 0 && time.Since(s.finished) < reuse && !database.After(s.started)
}

// look asks for an image with the overview of its last scan.
func (a *api) look(ctx context.Context, image name.Digest) (*artifactState, error) {
	types, yes := accepted, true
	got, err := a.artifacts().GetArtifact(ctx, &artifact.GetArtifactParams{
		ProjectName: a.project, RepositoryName: a.repository, Reference: image.DigestStr(),
		WithScanOverview: &yes, XAcceptVulnerabilities: &types,
	})
	if err != nil {
		return nil, wrap("asking for the scan of", image, "artifact:read", err)
	}
	return stateOf(got.Payload), nil
}

func stateOf(a *models.Artifact) *artifactState {
	s := &artifactState{total: -1}
	for _, r := range a.References {
		s.children = append(s.children, Child{r.ChildDigest, platformOf(r.Platform)})
	}
	for _, t := range reportTypes() {
		o, ok := a.ScanOverview[t]
		if !ok {
			continue
		}
		s.status, s.report, s.percent = o.ScanStatus, o.ReportID, o.CompletePercent
		s.started, s.finished = time.Time(o.StartTime), time.Time(o.EndTime)
		if o.Summary != nil {
			s.total = o.Summary.Total
		}
		break
	}
	return s
}

func platformOf(p *models.Platform) string {
	if p == nil {
		return ""
	}
	text := p.Os + "/" + p.Architecture
	if p.Variant != "" {
		text += "/" + p.Variant
	}
	return text
}
