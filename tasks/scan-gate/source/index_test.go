// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	images "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// shelf is a registry, and a client of it.
func shelf(t *testing.T, answer http.Handler) (*registry.Client, name.Repository) {
	t.Helper()
	if answer == nil {
		answer = images.New(images.Logger(log.New(io.Discard, "", 0)))
	}
	srv := httptest.NewServer(answer)
	t.Cleanup(srv.Close)
	client, err := (&registry.Options{Timeout: 5 * time.Second}).Client(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	repo, err := client.Repository(strings.TrimPrefix(srv.URL, "http://") + "/library/app")
	if err != nil {
		t.Fatal(err)
	}
	return client, repo
}

// entry is an image of an index, made up for a platform "os/arch[/variant]".
func entry(t *testing.T, platform string) mutate.IndexAddendum {
	t.Helper()
	img, err := random.Image(16, 1)
	if err != nil {
		t.Fatal(err)
	}
	add := mutate.IndexAddendum{Add: img}
	if platform != "" {
		if add.Platform, err = v1.ParsePlatform(platform); err != nil {
			t.Fatal(err)
		}
	}
	return add
}

// pushIndex pushes an index and tells its digest and that of each entry.
func pushIndex(t *testing.T, repo name.Repository, entries ...mutate.IndexAddendum) (name.Digest, []string) {
	t.Helper()
	index := mutate.AppendManifests(empty.Index, entries...)
	digest, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	ref := repo.Digest(digest.String())
	if err := remote.WriteIndex(ref, index); err != nil {
		t.Fatal(err)
	}
	var children []string
	for _, e := range entries {
		d, err := e.Add.(interface{ Digest() (v1.Hash, error) }).Digest() //nolint:forcetypeassert // images and indexes have it
		if err != nil {
			t.Fatal(err)
		}
		children = append(children, d.String())
	}
	return ref, children
}

// one is a scan of a single image that finds one thing in it.
func one(_ context.Context, image name.Digest) (*finding.Scan, error) {
	return &finding.Scan{Packages: 2, OS: "debian 12", Findings: []finding.Finding{{ID: "CVE-1", Package: image.DigestStr()}}}, nil
}

// Each platform's image is judged, once, and says in which of them a finding is.
func TestEveryImageOfAnIndexIsScanned(t *testing.T) {
	client, repo := shelf(t, nil)
	arm := entry(t, "linux/arm64/v8")
	index, digests := pushIndex(t, repo, entry(t, "linux/amd64"), arm, arm, entry(t, "unknown/unknown"), entry(t, ""))
	got, err := eachImage(t.Context(), client, index, slog.New(slog.DiscardHandler), one)
	if err != nil {
		t.Fatal(err)
	}
	want := []finding.Finding{
		{ID: "CVE-1", Package: digests[0], Platform: "linux/amd64", Child: digests[0]},
		{ID: "CVE-1", Package: digests[1], Platform: "linux/arm64/v8", Child: digests[1]},
		{ID: "CVE-1", Package: digests[4], Platform: "not told", Child: digests[4]},
	}
	if !reflect.DeepEqual(got.Findings, want) || got.Packages != 6 || got.OS != "debian 12" {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	single := repo.Digest(digests[0])
	if got, err = eachImage(t.Context(), client, single, slog.New(slog.DiscardHandler), one); err != nil || len(got.Findings) != 1 || got.Findings[0].Platform != "" || got.Findings[0].Package != digests[0] {
		t.Errorf("an image on its own: %+v, %v", got, err)
	}
}

// What cannot be scanned whole is no answer.
func TestAnIndexOfWhichPartIsNotKnown(t *testing.T) {
	client, repo := shelf(t, nil)
	nested := mutate.IndexAddendum{Add: mutate.AppendManifests(empty.Index, entry(t, "linux/amd64"))}
	var many []mutate.IndexAddendum
	for range maxChildren + 1 {
		many = append(many, entry(t, "linux/amd64"))
	}
	for says, entries := range map[string][]mutate.IndexAddendum{
		"which no scanner knows":    {entry(t, "linux/amd64"), nested},
		"holds 0 images to scan":    {entry(t, "unknown/unknown")},
		"holds 33 images to scan":   many,
		"platform linux/s390x: bad": {entry(t, "linux/amd64"), entry(t, "linux/s390x")},
	} {
		index, digests := pushIndex(t, repo, entries...)
		got, err := eachImage(t.Context(), client, index, slog.New(slog.DiscardHandler), func(ctx context.Context, image name.Digest) (*finding.Scan, error) {
			if image.DigestStr() == digests[len(digests)-1] {
				return nil, errors.New("bad")
			}
			return one(ctx, image)
		})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %+v, %v", says, got, err)
		}
	}
}

// A project that forbids to pull what Harbor has not scanned has a scanner that may.
func TestWhatMayNotBePulled(t *testing.T) {
	client, repo := shelf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/manifests/") {
			w.WriteHeader(http.StatusPreconditionFailed)
		}
	}))
	_, err := eachImage(t.Context(), client, repo.Digest("sha256:"+strings.Repeat("a", 64)), slog.New(slog.DiscardHandler), one)
	if err == nil || !strings.Contains(strings.Join(step.Hints(err), ""), "--scanner=harbor") {
		t.Errorf("got %v, %v", err, step.Hints(err))
	}
}

// A scan of several images is worth what the least of them is worth.
func TestMerge(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 5, n, 0, 0, 0, 0, time.UTC) }
	old := finding.Caveat{Text: "old"}
	got := merge([]*finding.Scan{
		{Packages: 3, OS: "debian 12", Database: day(2), Started: day(3), Finished: day(3), Caveats: []finding.Caveat{old}},
		{Packages: -1, OS: "alpine 3", EndOfLife: true, Database: day(1), Started: day(3), Caveats: []finding.Caveat{old}},
	})
	for _, c := range [][3]int{{2, 3, 5}, {2, -1, -1}, {-1, 3, -1}, {0, 3, 0}, {3, 0, 0}, {-1, 0, 0}} {
		if all := merge([]*finding.Scan{{Packages: c[0]}, {Packages: c[1]}}); all.Packages != c[2] {
			t.Errorf("%d and %d packages: %d, want %d", c[0], c[1], all.Packages, c[2])
		}
	}
	want := &finding.Scan{Packages: -1, OS: "debian 12, alpine 3", EndOfLife: true, Database: day(1), Started: day(3), Caveats: []finding.Caveat{old}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
