// SPDX-License-Identifier: Apache-2.0

package source

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/tasks/scan-gate/source/report"
)

// adapter is a scanner with Harbor's API for scanners, version 1.2. It is asked for
// each report once before it has it.
type adapter struct {
	t *testing.T
	// refuse is the answer to a request for a scan or, in the type of it, a report.
	refuse func(w http.ResponseWriter, r *http.Request) bool
	asked  []map[string]map[string]string
	waited map[string]bool
}

func (a *adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.refuse != nil && a.refuse(w, r) {
		return
	}
	if r.Header.Get("Authorization") != "Bearer let-me-in" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	switch at := strings.TrimPrefix(r.URL.Path, "/scanner/api/v1/"); {
	case r.Method == http.MethodGet && at == "metadata":
		_, _ = io.WriteString(w, `{"scanner":{"name":"Fake","vendor":"x","version":"1"},"capabilities":[],"properties":{"harbor.scanner-adapter/vulnerability-database-updated-at":"2026-05-01T00:00:00Z"}}`) // the client tells
	case r.Method == http.MethodPost && at == "scan" && r.Header.Get("Content-Type") == scanRequest:
		var body map[string]map[string]string
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			a.t.Error(err)
		}
		a.asked = append(a.asked, body)
		w.WriteHeader(http.StatusAccepted)
		_, _ = fmt.Fprintf(w, `{"id":"scan %d"}`, len(a.asked)-1) // the client tells
	case r.Method == http.MethodGet && strings.HasSuffix(at, "/report"):
		if !a.waited[at] {
			a.waited[at] = true
			w.Header().Set("Location", r.URL.Path)
			w.Header().Set("Refresh-After", "0")
			w.WriteHeader(http.StatusFound)
			return
		}
		var n int
		if _, err := fmt.Sscanf(at, "scan/scan %d/report", &n); err != nil {
			a.t.Error(at, err)
		}
		_, _ = fmt.Fprintf(w, `{"generated_at":"2026-05-01T10:00:00Z","artifact":{"digest":%q},"scanner":{"name":"Fake"},"severity":"High","vulnerabilities":[{"id":"CVE-1","package":"a","severity":"High"}]}`, a.asked[n]["artifact"]["digest"]) // the client tells
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// scannerAt is the source that asks the adapter.
func scannerAt(t *testing.T, a *adapter, images *registry.Client) *Adapter {
	t.Helper()
	a.t, a.waited = t, map[string]bool{}
	srv := httptest.NewServer(a)
	t.Cleanup(srv.Close)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("let-me-in"), 0o600); err != nil {
		t.Fatal(err)
	}
	return &Adapter{Images: images, Log: slog.New(slog.DiscardHandler), server: server{url: srv.URL + "/scanner/", tokenFile: token}, timeout: time.Minute}
}

// Each image of an index is scanned, and the scanner is told how to pull it.
func TestAdapter(t *testing.T) {
	client, repo := shelf(t, nil)
	index, digests := pushIndex(t, repo, entry(t, "linux/amd64"), entry(t, "linux/arm64"))
	a := &adapter{}
	got, err := scannerAt(t, a, client).Scan(t.Context(), index)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Findings) != 2 || got.Findings[1].Child != digests[1] || got.Database.Format(time.DateOnly) != "2026-05-01" || got.Started.IsZero() || got.Report != "scan 0" {
		t.Errorf("got %+v", got)
	}
	want := map[string]string{"repository": "library/app", "digest": digests[0], "mime_type": "application/vnd.docker.distribution.manifest.v2+json"}
	if asked := a.asked[0]; fmt.Sprint(asked["artifact"]) != fmt.Sprint(want) || asked["registry"]["url"] != "http://"+repo.RegistryStr() || asked["registry"]["authorization"] != "" {
		t.Errorf("asked for %v, want %v", asked, want)
	}
}

// A scanner that knows one of the two forms only is asked for that.
func TestAdapterOfOldReports(t *testing.T) {
	client, repo := shelf(t, nil)
	_, digests := pushIndex(t, repo, entry(t, "linux/amd64"))
	a := &adapter{refuse: func(w http.ResponseWriter, r *http.Request) bool {
		refused := strings.HasSuffix(r.URL.Path, "/report") && r.Header.Get("Accept") != report.HarborOnly
		if refused {
			w.WriteHeader(http.StatusNotAcceptable)
		}
		return refused
	}}
	if got, err := scannerAt(t, a, client).Scan(t.Context(), repo.Digest(digests[0])); err != nil || len(got.Findings) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Whatever else a scanner answers is no list of findings, and no secret is told.
func TestAdapterThatFails(t *testing.T) {
	client, repo := shelf(t, nil)
	_, digests := pushIndex(t, repo, entry(t, "linux/amd64"))
	for says, refuse := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"401 Unauthorized to GET":      answerTo("/metadata", http.StatusUnauthorized, "who are you"),
		"what the scanner says":        answerTo("/metadata", http.StatusOK, "<html>"),
		"500 Internal Server Error to": answerTo("/scan", http.StatusInternalServerError, `{"error":{"message":"out\nof order"}}`),
		"did not name it":              answerTo("/scan", http.StatusAccepted, `{}`),
		"out of order":                 answerTo("/report", http.StatusInternalServerError, `{"error":{"message":"out`+"\n"+`of order"}}`),
		"404 Not Found":                answerTo("/report", http.StatusNotFound, ""),
		"is empty":                     answerTo("/report", http.StatusOK, ""),
		"no list of findings":          answerTo("/report", http.StatusOK, "{}"),
		"is about sha256:bbbb":         answerTo("/report", http.StatusOK, `{"generated_at":"2026-05-01T10:00:00Z","artifact":{"digest":"sha256:bbbb"},"severity":"","vulnerabilities":[]}`),
		"501 Not Implemented to":       answerTo("/report", http.StatusNotImplemented, ""),
		"deadline exceeded":            answerTo("/report", http.StatusFound, ""),
	} {
		s := scannerAt(t, &adapter{refuse: refuse}, client)
		if says == "deadline exceeded" {
			s.timeout = time.Second
		}
		got, err := s.Scan(t.Context(), repo.Digest(digests[0]))
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "let-me-in") {
			t.Errorf("%s: %+v, %v", says, got, err)
		}
	}
}

// A scanner says how long to wait, in the words of any version, but not for ever.
func TestPause(t *testing.T) {
	for want, h := range map[time.Duration]http.Header{
		2 * time.Second: {"Refresh-After": {"2"}, "Retry-After": {"3"}},
		3 * time.Second: {"Retry-After": {"3"}},
		longestWait:     {"Refresh-After": {"86400"}},
		usualWait:       {"Refresh-After": {"soon"}},
	} {
		if got := pause(h); got != want {
			t.Errorf("%v: %s, want %s", h, got, want)
		}
	}
}
