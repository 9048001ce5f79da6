// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
	"github.com/adze-ci/adze/tasks/scan-gate/source/report"
)

// Clair is Clair v4. It pulls the image's layers itself, with what it is handed for
// that: https://github.com/quay/clair/blob/main/httptransport/api/v1/openapi.yaml
type Clair struct {
	Images *registry.Client
	// CAFiles are authorities to trust besides the system's.
	CAFiles []string
	Log     *slog.Logger

	server  server
	timeout time.Duration
	client  *http.Client
}

// mostAbsent is how often Clair may say that it does not know an image which it has
// just indexed: its halves may ask two copies of one database.
const mostAbsent = 5

// pulls is what to look at where Clair cannot index an image.
const pulls = "Clair pulls the layers from the registry itself; see that it reaches it, and trusts its certificate"

// Scan has Clair index the image, or each image of an index, and match what it found.
func (c *Clair) Scan(ctx context.Context, image name.Digest) (*finding.Scan, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var err error
	if c.client, err = c.server.client(c.CAFiles, c.timeout); err != nil { // it says nothing while it indexes
		return nil, err
	}
	database, err := c.database(ctx)
	if err != nil {
		return nil, err
	}
	return eachImage(ctx, c.Images, image, c.Log, func(ctx context.Context, one name.Digest) (*finding.Scan, error) {
		started := time.Now()
		layers, err := c.index(ctx, one)
		if err != nil {
			return nil, err
		}
		raw, err := c.match(ctx, one)
		if err != nil {
			return nil, err
		}
		scan, err := report.Clair(raw, report.About(one), layers)
		if err != nil {
			return nil, err
		}
		scan.Started, scan.Finished, scan.Database = started, time.Now(), database
		return scan, nil
	})
}

// database is how old Clair's knowledge is: that of the source which it has had
// nothing new of for longest. It is zero where Clair does not say, for its API does
// not promise this part.
func (c *Clair) database(ctx context.Context) (time.Time, error) {
	got, err := c.ask(ctx, http.MethodGet, "matcher/api/v1/internal/update_operation?latest=true", nil, http.StatusOK, http.StatusForbidden, http.StatusNotFound)
	if err != nil || got.status != http.StatusOK {
		return time.Time{}, err
	}
	var updates map[string][]struct {
		Date time.Time `json:"date"`
	}
	if err := json.Unmarshal(got.body, &updates); err != nil {
		return time.Time{}, fmt.Errorf("reading when Clair got its knowledge: %w", err)
	}
	var newest []time.Time
	for _, of := range updates {
		var at time.Time
		for _, u := range of {
			if u.Date.After(at) {
				at = u.Date
			}
		}
		newest = append(newest, at)
	}
	if len(newest) == 0 {
		return time.Time{}, nil
	}
	return slices.MinFunc(newest, time.Time.Compare).UTC(), nil
}

// index has Clair read the image's layers, and gives their digests.
func (c *Clair) index(ctx context.Context, image name.Digest) (layers []string, err error) {
	body, layers, err := c.manifest(ctx, image)
	if err != nil {
		return nil, err
	}
	got, err := c.await(ctx, http.MethodPost, "indexer/api/v1/index_report", body, http.StatusInternalServerError)
	if err != nil {
		return nil, err
	}
	if got.status == http.StatusInternalServerError {
		return nil, step.Hint(got.refused(), pulls)
	}
	var index struct {
		Manifest string `json:"manifest_hash"`
		State    string `json:"state"`
		Success  bool   `json:"success"`
		Err      string `json:"err"`
	}
	if err := json.Unmarshal(got.body, &index); err != nil {
		return nil, fmt.Errorf("reading Clair's index of the image: %w", err)
	}
	if !index.Success || index.State != "IndexFinished" || index.Err != "" {
		err := fmt.Errorf("clair did not index %s, and is in state %q: %s", image, plain.Line(index.State, 40), plain.Line(index.Err, 300))
		return nil, step.Hint(err, pulls)
	}
	if index.Manifest != image.DigestStr() {
		return nil, fmt.Errorf("clair indexed %s, and was asked to index %s", plain.Line(index.Manifest, 80), image.DigestStr())
	}
	return layers, nil
}

// manifest tells Clair where the layers are, and what it has to show for them.
func (c *Clair) manifest(ctx context.Context, image name.Digest) (body []byte, layers []string, err error) {
	got, err := c.Images.Get(ctx, image)
	if err != nil {
		return nil, nil, err
	}
	var manifest v1.Manifest
	if err := json.Unmarshal(got.Manifest, &manifest); err != nil {
		return nil, nil, fmt.Errorf("reading the manifest of %s: %w", image, err)
	}
	if len(manifest.Layers) == 0 {
		return nil, nil, errors.New("the image has no layers, and Clair indexes none of those")
	}
	pull, err := c.Images.Pull(ctx, image.Context())
	if err != nil {
		return nil, nil, err
	}
	type layer struct {
		Hash    string      `json:"hash"`
		URI     string      `json:"uri"`
		Headers http.Header `json:"headers"`
	}
	var told []layer
	for _, l := range manifest.Layers {
		layers = append(layers, l.Digest.String())
		told = append(told, layer{l.Digest.String(), pull.Blob(l.Digest), pull.Header})
	}
	body, err = json.Marshal(map[string]any{"hash": image.DigestStr(), "layers": told})
	return body, layers, err
}

// match asks for the vulnerabilities of what was indexed.
func (c *Clair) match(ctx context.Context, image name.Digest) ([]byte, error) {
	got, err := c.await(ctx, http.MethodGet, "matcher/api/v1/vulnerability_report/"+image.DigestStr(), nil)
	if err != nil {
		return nil, err
	}
	if broken := got.trailer.Get("Clair-Error"); broken != "" {
		return nil, fmt.Errorf("clair's report is cut short: %s", plain.Line(broken, 300))
	}
	return got.body, nil
}

// await repeats a request while Clair is busy (429), has no knowledge yet (202), or
// does not know yet what was indexed (404). Also are further answers to give.
func (c *Clair) await(ctx context.Context, method, path string, body []byte, also ...int) (*answer, error) {
	ends := append([]int{http.StatusOK, http.StatusCreated}, also...)
	for absent := 0; ; {
		got, err := c.ask(ctx, method, path, body, append(ends, http.StatusAccepted, http.StatusTooManyRequests, http.StatusNotFound)...)
		switch {
		case err != nil:
			return nil, err
		case slices.Contains(ends, got.status):
			return got, nil
		case got.status == http.StatusNotFound:
			if absent++; absent == mostAbsent || method != http.MethodGet {
				return nil, got.refused()
			}
		}
		c.Log.Info("Clair is not ready", "status", got.status)
		if err := retry.Sleep(ctx, pause(got.header)); err != nil {
			return nil, fmt.Errorf("waiting for Clair: it answered %s: %w", got.to, err)
		}
	}
}

// ask does one request.
func (c *Clair) ask(ctx context.Context, method, path string, body []byte, want ...int) (*answer, error) {
	media := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}
	return c.server.ask(ctx, c.client, method, path, media, body, want...)
}
