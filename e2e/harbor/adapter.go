// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// adapter is a scanner in another process, asked as Harbor asks:
// https://github.com/goharbor/pluggable-scanner-spec, version 1.2.
type adapter struct {
	url      string
	metadata struct {
		Scanner      Product `json:"scanner"`
		Capabilities []struct {
			Produces []string `json:"produces_mime_types"`
		} `json:"capabilities"`
		Properties map[string]string `json:"properties"`
	}
}

func trimSlash(address string) string { return strings.TrimRight(address, "/") }

// newAdapter asks the scanner at an address what it is.
func newAdapter(ctx context.Context, address string) (*adapter, error) {
	a := &adapter{url: trimSlash(address)}
	body, status, err := a.ask(ctx, http.MethodGet, "/metadata", "", nil)
	if err == nil && status == http.StatusOK {
		err = json.Unmarshal(body, &a.metadata)
	}
	if err != nil || status != http.StatusOK {
		return nil, badRequest("bad request: scanner at %s answers %d: %v", address, status, err) // unrecorded
	}
	return a, nil
}

// ask sends a request and returns the body and the status of its answer.
func (a *adapter) ask(ctx context.Context, method, path, accept string, body []byte) ([]byte, int, error) {
	req, err := http.NewRequestWithContext(ctx, method, a.url+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/vnd.scanner.adapter.scan.request+json; version=1.0")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	all, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	return all, resp.StatusCode, err
}

// ReportTypes are what the scanner says that it makes.
func (a *adapter) ReportTypes() []string {
	var out []string
	for _, c := range a.metadata.Capabilities {
		for _, t := range c.Produces {
			if t == Report11 || t == Report10 {
				out = append(out, t)
			}
		}
	}
	return out
}

// Properties are what the scanner says of itself.
func (a *adapter) Properties() map[string]string { return a.metadata.Properties }

// Scan orders a scan and waits for the report.
func (a *adapter) Scan(ctx context.Context, image Image) (*Report, error) {
	login := base64.StdEncoding.EncodeToString([]byte(image.User + ":" + image.Password))
	order, err := json.Marshal(object{
		"registry": object{"url": image.Registry, "authorization": "Basic " + login},
		"artifact": object{"repository": image.Repository, "digest": image.Digest, "mime_type": image.MediaType},
	})
	if err != nil {
		return nil, err
	}
	body, status, err := a.ask(ctx, http.MethodPost, "/scan", "", order)
	var accepted struct {
		ID string `json:"id"`
	}
	if err == nil {
		err = json.Unmarshal(body, &accepted)
	}
	if err != nil || status != http.StatusAccepted {
		return nil, fmt.Errorf("general response handler: unexpected status code: %d, expected: %d: %w", status, http.StatusAccepted, err)
	}
	return a.report(ctx, accepted.ID)
}

// poll is how long to wait for a report that is not there yet.
const poll = 50 * time.Millisecond

func (a *adapter) report(ctx context.Context, id string) (*Report, error) {
	for {
		body, status, err := a.ask(ctx, http.MethodGet, "/scan/"+id+"/report", a.ReportTypes()[0], nil)
		switch {
		case err != nil:
			return nil, err
		case status == http.StatusFound:
			select {
			case <-time.After(poll):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			continue
		case status != http.StatusOK:
			return nil, fmt.Errorf("general response handler: unexpected status code: %d, expected: %d", status, http.StatusOK)
		}
		out := struct {
			Scanner         Product         `json:"scanner"`
			Vulnerabilities []Vulnerability `json:"vulnerabilities"`
		}{}
		if err := json.Unmarshal(body, &out); err != nil {
			return nil, err
		}
		return &Report{Scanner: out.Scanner, Vulnerabilities: out.Vulnerabilities}, nil
	}
}
