// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"encoding/json"
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
	"github.com/google/go-containerregistry/pkg/v1/static"

	"github.com/adze-ci/adze/internal/registry"
)

// serve starts a registry, with something of the test's before it, and pushes an image.
func serve(t *testing.T, before func(http.Handler) http.Handler) (*registry.Client, name.Digest) {
	t.Helper()
	handler := images.New(images.Logger(log.New(io.Discard, "", 0)))
	if before != nil {
		handler = before(handler)
	}
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	client, err := (&registry.Options{Timeout: 5 * time.Second}).Client(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	repo, err := client.Repository(strings.TrimPrefix(srv.URL, "http://") + "/library/app")
	if err != nil {
		t.Fatal(err)
	}
	return client, push(t, client, repo, randomImage(t))
}

func randomImage(t *testing.T) v1.Image {
	t.Helper()
	img, err := random.Image(16, 1)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func push(t *testing.T, c *registry.Client, repo name.Repository, img v1.Image) name.Digest {
	t.Helper()
	digest, err := c.Push(t.Context(), repo, img)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// sample is a verdict with all its fields.
func sample(image name.Digest) *Document {
	at := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	return &Document{
		Image: image, Verdict: Pass, Summary: "1 high", Policy: "sha256:0", Judged: at, Started: at.Add(-2 * time.Minute), Finished: at.Add(-time.Minute),
		Scanner: Scanner{Kind: "trivy", Name: "Trivy", Version: "0.70.0", Database: at.Add(-time.Hour)}, Scan: json.RawMessage(`{"findings":[{"id":"CVE-1"}]}`),
	}
}

// What is kept is found, is about one image, and gives way to the next.
func TestKeepAndFind(t *testing.T) {
	client, image := serve(t, nil)
	other := push(t, client, image.Context(), randomImage(t))
	if got, err := Find(t.Context(), client, image); !errors.Is(err, registry.ErrAbsent) {
		t.Fatalf("before there is one: %+v, %v", got, err)
	}
	if got, err := Summary(t.Context(), client, image); got != "" || err != nil {
		t.Fatalf("before there is one: %q, %v", got, err)
	}
	for _, summary := range []string{"1 high", "no known vulnerability"} {
		want := sample(image)
		want.Summary = summary
		if err := Keep(t.Context(), client, want); err != nil {
			t.Fatal(err)
		}
		if got, err := Find(t.Context(), client, image); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
		if got, err := Summary(t.Context(), client, image); err != nil || got != summary {
			t.Errorf("got %q, %v; want %q", got, err, summary)
		}
	}
	unjudged := &Document{Image: image, Verdict: Unknown, Summary: "not judged"}
	if err := Keep(t.Context(), client, unjudged); err != nil {
		t.Fatal(err)
	}
	if got, err := Find(t.Context(), client, image); err != nil || !reflect.DeepEqual(got, unjudged) {
		t.Errorf("got %+v, %v; want %+v", got, err, unjudged)
	}
	if got, err := Find(t.Context(), client, other); !errors.Is(err, registry.ErrAbsent) {
		t.Errorf("of another image: %+v, %v", got, err)
	}
	if err := client.Has(t.Context(), image); err != nil {
		t.Errorf("the image: %v", err)
	}
}

// A verdict is a statement that other tools read, and a referrer of its image.
func TestStatement(t *testing.T) {
	client, image := serve(t, nil)
	if err := Keep(t.Context(), client, sample(image)); err != nil {
		t.Fatal(err)
	}
	kept, err := remote.Image(tagOf(image))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := kept.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if manifest.Subject == nil || manifest.Subject.Digest.String() != image.DigestStr() || manifest.Layers[0].MediaType != "application/vnd.in-toto+json" || manifest.Layers[0].Annotations["in-toto.io/predicate-type"] != predicateType {
		t.Errorf("manifest %+v", manifest)
	}
	raw, err := sample(image).encode()
	if err != nil {
		t.Fatal(err)
	}
	_, hex, _ := strings.Cut(image.DigestStr(), ":")
	for _, part := range []string{
		`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"` + image.Context().Name() + `","digest":{"sha256":"` + hex + `"}}]`,
		`"predicateType":"https://cosign.sigstore.dev/attestation/vuln/v1"`,
		`"scanner":{"uri":"Trivy","version":"0.70.0","db":{"version":"2026-05-01T09:00:00Z"},"result":{`,
		`"metadata":{"scanStartedOn":"2026-05-01T09:58:00Z","scanFinishedOn":"2026-05-01T09:59:00Z"}`,
	} {
		if !strings.Contains(string(raw), part) {
			t.Errorf("no %s in %s", part, raw)
		}
	}
}

// Who may push images and no tags cannot have a verdict believed.
func TestForgedVerdict(t *testing.T) {
	client, image := serve(t, nil)
	about, err := client.Get(t.Context(), image)
	if err != nil {
		t.Fatal(err)
	}
	forged := mutate.Subject(randomImage(t), v1.Descriptor{MediaType: about.MediaType, Size: about.Size, Digest: about.Digest}).(v1.Image) //nolint:forcetypeassert // what it got
	forged = mutate.Annotations(forged, map[string]string{summaryKey: "all is well", verdictKey: Pass}).(v1.Image)                         //nolint:forcetypeassert // what it got
	push(t, client, image.Context(), forged)
	if got, err := Summary(t.Context(), client, image); err != nil || got != "" {
		t.Errorf("believed %q, %v", got, err)
	}
	if got, err := Find(t.Context(), client, image); !errors.Is(err, registry.ErrAbsent) {
		t.Errorf("believed %+v, %v", got, err)
	}
}

// What lies under the tag and is no verdict on the image is none.
func TestWhatIsNoVerdict(t *testing.T) {
	client, image := serve(t, nil)
	other := push(t, client, image.Context(), randomImage(t))
	text := func(of name.Digest, from, to string) v1.Image {
		raw, err := sample(of).encode()
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(raw), from, to, 1)
		alone, err := mutate.AppendLayers(mutate.ConfigMediaType(empty.Image, inTotoType), static.NewLayer([]byte(changed), inTotoType))
		if err != nil {
			t.Fatal(err)
		}
		return alone
	}
	for name, img := range map[string]v1.Image{
		"an image":           randomImage(t),
		"of another image":   text(other, "", ""),
		"of another version": text(image, resultVersion, "adze.dev/v9"),
		"another predicate":  text(image, predicateType, "https://slsa.dev/provenance/v1"),
		"no JSON":            text(image, "{", "<"),
		"no date":            text(image, `"db":{"version":"2026`, `"db":{"version":"soon`),
	} {
		if err := remote.Write(tagOf(image), img); err != nil {
			t.Fatal(err)
		}
		if got, err := Find(t.Context(), client, image); err == nil || errors.Is(err, registry.ErrAbsent) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// A registry that cannot be asked is no word that there is no verdict, and one that
// forbids to look at the image keeps it all the same.
func TestForbidden(t *testing.T) {
	shut := false
	client, image := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case shut:
				w.WriteHeader(http.StatusForbidden)
			case r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/manifests/sha256:"):
				w.WriteHeader(http.StatusPreconditionFailed)
			default:
				next.ServeHTTP(w, r)
			}
		})
	})
	if err := Keep(t.Context(), client, sample(image)); err != nil {
		t.Errorf("of an image that nobody may pull: %v", err)
	}
	if got, err := Find(t.Context(), client, image); err != nil || got.Verdict != Pass {
		t.Errorf("of an image that nobody may pull: %+v, %v", got, err)
	}
	shut = true
	if got, err := Find(t.Context(), client, image); err == nil || errors.Is(err, registry.ErrAbsent) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := Summary(t.Context(), client, image); err == nil {
		t.Errorf("got %q", got)
	}
}

// Only a scan of which the age is known and small stands for a new one.
func TestFresh(t *testing.T) {
	now := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	scan := json.RawMessage("{}")
	for _, c := range []struct {
		d    Document
		want bool
	}{
		{Document{Finished: now.Add(-time.Hour), Scan: scan}, true},
		{Document{Finished: now.Add(-time.Hour - 1), Scan: scan}, false},
		{Document{Finished: now.Add(time.Minute), Scan: scan}, false},
		{Document{Scan: scan}, false},
		{Document{Finished: now.Add(-time.Minute)}, false},
	} {
		if got := c.d.Fresh(now, time.Hour); got != c.want {
			t.Errorf("%+v: %v", c.d, got)
		}
	}
}
