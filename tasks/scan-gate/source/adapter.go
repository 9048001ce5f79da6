// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
	"github.com/adze-ci/adze/tasks/scan-gate/source/report"
)

// Adapter is a scanner that speaks the API by which Harbor asks its scanners:
// https://github.com/goharbor/pluggable-scanner-spec/blob/master/api/spec/scanner-adapter-openapi-v1.2.yaml
// It pulls the image itself, and is handed the registry's credentials for that.
type Adapter struct {
	Images *registry.Client
	// CAFiles are authorities to trust besides the system's.
	CAFiles []string
	Log     *slog.Logger

	server  server
	timeout time.Duration
	client  *http.Client
}

// Words of the API, and bounds of the waits between two questions for a report.
const (
	leastWait   = 100 * time.Millisecond
	usualWait   = 5 * time.Second
	longestWait = 30 * time.Second
	scanRequest = "application/vnd.scanner.adapter.scan.request+json; version=1.0"
	databaseKey = "harbor.scanner-adapter/vulnerability-database-updated-at"
)

// Scan has the scanner scan the image, or each image of an index.
func (a *Adapter) Scan(ctx context.Context, image name.Digest) (*finding.Scan, error) {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	var err error
	if a.client, err = a.server.client(a.CAFiles, silence); err != nil {
		return nil, err
	}
	database, err := a.database(ctx)
	if err != nil {
		return nil, err
	}
	return eachImage(ctx, a.Images, image, a.Log, func(ctx context.Context, one name.Digest) (*finding.Scan, error) {
		started := time.Now()
		id, err := a.start(ctx, one)
		if err != nil {
			return nil, err
		}
		raw, err := a.wait(ctx, id)
		if err != nil {
			return nil, err
		}
		about := report.About(one)
		about.Vouched = true // it is the answer to a question about this image
		scan, err := report.Read(raw, report.FormatHarbor, about)
		if err != nil {
			return nil, err
		}
		scan.Started, scan.Database, scan.Report = started, database, id
		return scan, nil
	})
}

// database is when the scanner's knowledge was made; zero where it does not say.
func (a *Adapter) database(ctx context.Context) (time.Time, error) {
	var metadata struct {
		Properties map[string]string `json:"properties"`
	}
	got, err := a.ask(ctx, http.MethodGet, "api/v1/metadata", "", nil, http.StatusOK)
	if err != nil {
		return time.Time{}, err
	}
	if err := json.Unmarshal(got.body, &metadata); err != nil {
		return time.Time{}, fmt.Errorf("reading what the scanner says of itself: %w", err)
	}
	at, _ := time.Parse(time.RFC3339, metadata.Properties[databaseKey]) // it may be left out
	return at.UTC(), nil
}

// start asks for a scan, and gives its name.
func (a *Adapter) start(ctx context.Context, image name.Digest) (string, error) {
	got, err := a.Images.Get(ctx, image)
	if err != nil {
		return "", err
	}
	access, err := a.Images.Access(ctx, image.Context())
	if err != nil {
		return "", err
	}
	repo := image.Context()
	where := map[string]string{"url": repo.Scheme() + "://" + repo.RegistryStr()}
	if access.User != "" {
		where["authorization"] = "Basic " + base64.StdEncoding.EncodeToString([]byte(access.User+":"+access.Password))
	}
	body, err := json.Marshal(map[string]any{
		"registry": where,
		"artifact": map[string]string{"repository": repo.RepositoryStr(), "digest": image.DigestStr(), "mime_type": string(got.MediaType)},
	})
	if err != nil {
		return "", err
	}
	taken, err := a.ask(ctx, http.MethodPost, "api/v1/scan", scanRequest, body, http.StatusAccepted)
	if err != nil {
		return "", err
	}
	var scan struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(taken.body, &scan); err != nil || scan.ID == "" {
		return "", errors.New("the scanner took the scan and did not name it")
	}
	return scan.ID, nil
}

// wait asks for the report until it is there.
func (a *Adapter) wait(ctx context.Context, id string) ([]byte, error) {
	types := report.Generic + ", " + report.HarborOnly
	for {
		got, err := a.ask(ctx, http.MethodGet, "api/v1/scan/"+url.PathEscape(id)+"/report", types, nil, http.StatusOK, http.StatusFound, http.StatusNotAcceptable, http.StatusNotImplemented)
		switch {
		case err != nil:
			return nil, err
		case got.status == http.StatusOK:
			return got.body, nil
		case got.status != http.StatusFound && types != report.HarborOnly:
			types = report.HarborOnly // it writes the older form only, or takes one type at a time
			continue
		case got.status != http.StatusFound:
			return nil, got.refused()
		}
		a.Log.Info("the scan goes on", "scan", plain.Line(id, 60))
		if err := retry.Sleep(ctx, pause(got.header)); err != nil {
			return nil, fmt.Errorf("waiting for the scanner's report: %w", err)
		}
	}
}

// pause is the wait that the scanner asks for, under either name of version 1.
func pause(h http.Header) time.Duration {
	for _, key := range []string{"Refresh-After", "Retry-After"} {
		if seconds, err := strconv.Atoi(h.Get(key)); err == nil && seconds >= 0 {
			return max(leastWait, min(time.Duration(seconds)*time.Second, longestWait))
		}
	}
	return usualWait
}

// ask does one request. Media is the type of the body, or else what is accepted.
func (a *Adapter) ask(ctx context.Context, method, path, media string, body []byte, want ...int) (*answer, error) {
	header := http.Header{}
	if body != nil {
		header.Set("Content-Type", media)
	} else if media != "" {
		header.Set("Accept", media)
	}
	return a.server.ask(ctx, a.client, method, path, header, body, want...)
}
