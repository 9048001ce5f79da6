// SPDX-License-Identifier: Apache-2.0

package harbor_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	standin "github.com/adze-ci/adze/e2e/harbor"
	"github.com/adze-ci/adze/e2e/harbor/harbortest"
	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/step"
)

// No way in which a scan can go wrong gives a report, and each is told apart.
func TestScansThatTellNothing(t *testing.T) {
	for kind, c := range map[string]struct {
		fault     standin.Fault
		says, tip string
	}{
		"error":                 {standin.Fault{Method: "POST", Path: "/scan$", Kind: "scan-error", Count: -1}, "ended as Error", "log"},
		"stopped":               {standin.Fault{Method: "POST", Path: "/scan$", Kind: "scan-stopped", Count: -1}, "ended as Stopped", "log"},
		"no report":             {standin.Fault{Path: "/vulnerabilities$", Kind: "report-empty", Count: -1}, "none of the types", "scan the image again"},
		"another's":             {standin.Fault{Path: "/vulnerabilities$", Kind: "report-foreign", Count: -1}, "on another image", "scan the image again"},
		"a finding left out":    {standin.Fault{Path: "/vulnerabilities$", Kind: "report-short", Count: -1}, "not whole", "scan the image again"},
		"clean though not":      {standin.Fault{Path: "/vulnerabilities$|artifacts/sha256:[0-9a-f]*$", Kind: "clean-while-absent", Count: -1}, "did not end", "no scanner answers"},
		"never in the overview": {standin.Fault{Path: "artifacts/sha256:[0-9a-f]*$", Kind: "overview-absent", Count: -1}, "did not end", "no scanner answers"},
		"never ends":            {standin.Fault{Method: "POST", Path: "/scan$", Kind: "scan-never-ends", Count: -1}, "did not end", "--timeout"},
		"scanner away":          {standin.Fault{Kind: "adapter-gone", Count: -1}, "does not support scanning", "the scanner is away"},
		"scanner off":           {standin.Fault{Method: "POST", Path: "/scan$", Kind: "deactivated", Count: -1}, "deactivated", "switched off"},
		"jobs stand still":      {standin.Fault{Method: "POST", Path: "/scan$", Kind: "jobservice-down", Count: -1}, "500", "jobservice"},
		"read-only":             {standin.Fault{Method: "POST", Path: "/scan$", Kind: "read-only", Count: -1}, "read only mode", "read-only"},
	} {
		h := harbortest.Start(t)
		s := admin(t, h)
		image := s.push(t, "library/app")
		h.Script.Find(image.DigestStr(), standin.Vulnerability{ID: "CVE-1", Package: "p", Severity: "Low"})
		if err := h.Server.AddFault(c.fault); err != nil {
			t.Fatal(err)
		}
		reports, err := s.client.Scan(t.Context(), image, harbor.ScanOptions{First: time.Millisecond, Timeout: 700 * time.Millisecond, Log: slog.New(slog.DiscardHandler)})
		if err == nil || reports != nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, %v", kind, reports, err)
		}
		if hints := strings.Join(step.Hints(err), "\n"); !strings.Contains(hints, c.tip) {
			t.Errorf("%s: hints %q of %v", kind, hints, err)
		}
	}
}

// A scan that is begun in spite of a lost answer, or by another, is not begun again.
func TestScanIsJoined(t *testing.T) {
	for kind, prepare := range map[string]func(*harbortest.Harbor) error{
		"a lost answer": func(h *harbortest.Harbor) error {
			return h.Server.AddFault(standin.Fault{Method: "POST", Path: "/scan$", Kind: "drop", After: true})
		},
		"a gateway's": func(h *harbortest.Harbor) error {
			return h.Server.AddFault(standin.Fault{Method: "POST", Path: "/scan$", Status: http.StatusBadGateway, After: true})
		},
		"scanned on push": func(h *harbortest.Harbor) error { return nil },
		"a lost overview": func(h *harbortest.Harbor) error {
			return h.Server.AddFault(standin.Fault{Method: "GET", Path: "artifacts/sha256:[0-9a-f]*$", Status: http.StatusBadGateway})
		},
		"a failing report": func(h *harbortest.Harbor) error {
			return h.Server.AddFault(standin.Fault{Path: "/vulnerabilities$", Status: http.StatusInternalServerError})
		},
	} {
		h := harbortest.Start(t)
		s := admin(t, h)
		metadata := map[string]string{}
		if kind == "scanned on push" {
			metadata["auto_scan"] = "true"
			h.Server.HoldScans(standin.Pending)
		}
		image := s.push(t, s.Project(t, metadata)+"/app")
		if err := prepare(h); err != nil {
			t.Fatal(err)
		}
		if kind == "scanned on push" {
			go releaseOnLook(h)
		}
		reports, err := s.scan(t, image, 0)
		if err != nil || len(reports) != 1 {
			t.Errorf("%s: got %v, %v", kind, reports, err)
		}
		if n := len(h.Script.Asked()); n != 1 {
			t.Errorf("%s: scanned %d times", kind, n)
		}
	}
}

// releaseOnLook lets scans go on once a client has seen that one is under way.
func releaseOnLook(h *harbortest.Harbor) {
	looked := func(r standin.Request) bool {
		return r.Method == http.MethodGet && strings.Contains(r.Path, "/artifacts/")
	}
	for !slices.ContainsFunc(h.Server.Requests(), looked) {
		time.Sleep(time.Millisecond)
	}
	h.Server.HoldScans("")
}

// A scan of another's that fails is done again.
func TestAnothersScanFails(t *testing.T) {
	h := harbortest.Start(t)
	s := admin(t, h)
	h.Server.HoldScans(standin.Running)
	if err := h.Server.AddFault(standin.Fault{Method: "PUT", Path: "/manifests/", Kind: "scan-error"}); err != nil {
		t.Fatal(err)
	}
	image := s.push(t, s.Project(t, map[string]string{"auto_scan": "true"})+"/app")
	go releaseOnLook(h)
	if reports, err := s.scan(t, image, 0); err != nil || len(reports) != 1 {
		t.Errorf("got %v, %v", reports, err)
	}
	if n := len(h.Script.Asked()); n != 2 {
		t.Errorf("scanned %d times", n)
	}
}

// An index is judged by all its images; Harbor calls it scanned when one is.
func TestIndex(t *testing.T) {
	h := harbortest.Start(t)
	s := admin(t, h)
	var index v1.ImageIndex = empty.Index
	var children []string
	for _, arch := range []string{"amd64", "arm64", "unknown"} {
		img, err := random.Image(256, 1)
		if err != nil {
			t.Fatal(err)
		}
		digest, err := img.Digest()
		if err != nil {
			t.Fatal(err)
		}
		platform := &v1.Platform{OS: "linux", Architecture: arch}
		if arch == "unknown" {
			platform.OS = arch
		}
		children = append(children, digest.String())
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: platform}})
	}
	repo, err := s.images.Repository(h.Host + "/library/multi")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(repo.Tag("v1"), index, remote.WithAuth(&authn.Basic{Username: h.User, Password: h.Password})); err != nil {
		t.Fatal(err)
	}
	hash, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	h.Script.Find(children[1], standin.Vulnerability{ID: "CVE-1", Package: "p", Severity: "Critical"})
	reports, err := s.scan(t, repo.Digest(hash.String()), 0)
	if err != nil || len(reports) != 2 {
		t.Fatalf("got %v, %v", reports, err)
	}
	if r := reports[1]; r.Platform != "linux/arm64" || r.Image.DigestStr() != children[1] || len(r.Vulnerabilities) != 1 {
		t.Errorf("got %+v", r)
	}
	h.Script.Fail(children[1], errors.New("no space left"))
	reports, err = s.scan(t, repo.Digest(hash.String()), 0)
	if err == nil || reports != nil || !strings.Contains(err.Error(), "linux/arm64") || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("half an index was taken for it all: %v, %v", reports, err)
	}
}

// Who stops waiting is not told that the scan was late.
func TestScanIsCancelled(t *testing.T) {
	h := harbortest.Start(t)
	s := admin(t, h)
	image := s.push(t, "library/app")
	h.Server.HoldScans(standin.Pending)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := s.client.Scan(ctx, image, harbor.ScanOptions{First: time.Millisecond, Log: slog.New(slog.DiscardHandler)})
	if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "did not end") {
		t.Errorf("got %v", err)
	}
}
