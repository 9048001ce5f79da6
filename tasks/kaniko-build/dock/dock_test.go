// SPDX-License-Identifier: Apache-2.0

package dock

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

func open(t *testing.T, o Options) *Dock {
	t.Helper()
	o.Log = slog.New(slog.DiscardHandler)
	if o.Layout == "" {
		o.Layout = filepath.Join(t.TempDir(), "oci")
	}
	d, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func randomImage(t *testing.T, layers int64) v1.Image {
	t.Helper()
	img, err := random.Image(1000, layers)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// push is what the executor does: it is the same library.
func push(t *testing.T, d *Dock, img v1.Image, opts ...remote.Option) error {
	t.Helper()
	ref, err := name.NewTag(d.Destination(), name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	return remote.Write(ref, img, append(opts, remote.WithRetryBackoff(remote.Backoff{Steps: 1}))...)
}

// What was pushed lies in the layout, readable for everybody.
func TestPush(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "oci")
	d := open(t, Options{Layout: dir})
	if _, err := d.Image(); !errors.Is(err, ErrNone) {
		t.Errorf("before the push: %v", err)
	}
	img := randomImage(t, 3)
	if err := push(t, d, img); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	want, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Image()
	if err != nil || got.Digest != want || got.Layers != 3 || got.Written != 3 || got.Bytes < 3000 {
		t.Errorf("got %+v, %v", got, err)
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	back, err := index.Image(want)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(back); err != nil {
		t.Error(err)
	}
	modes(t, dir)
}

func modes(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o444 != 0o444 {
			t.Errorf("%s has mode %s", path, info.Mode())
		}
		if strings.Contains(path, "upload") {
			t.Errorf("%s was left behind", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// counter counts the bodies that a client sends.
type counter struct{ bytes atomic.Int64 }

// RoundTrip counts one request's.
func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.bytes.Add(max(0, r.ContentLength))
	return http.DefaultTransport.RoundTrip(r)
}

// A layer that the target's registry has is not sent, and is not in the layout.
func TestKnownLayersStayAway(t *testing.T) {
	img := randomImage(t, 2)
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	known, err := layers[0].Digest()
	if err != nil {
		t.Fatal(err)
	}
	size, err := layers[0].Size()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "oci")
	d := open(t, Options{Layout: dir, Known: map[v1.Hash]int64{known: size}})
	sent := &counter{}
	if err := push(t, d, img, remote.WithTransport(sent)); err != nil {
		t.Fatal(err)
	}
	if n := sent.bytes.Load(); n >= 2*size {
		t.Errorf("%d bytes were sent", n)
	}
	if _, err := os.Stat(filepath.Join(dir, blobPath(known))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the layer lies there: %v", err)
	}
	if got, err := d.Image(); err != nil || got.Layers != 2 || got.Written != 1 || got.WrittenBytes < 1000 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// answer is what the dock answered.
type answer struct {
	status   int
	location string
	body     string
}

// do sends one request.
func do(t *testing.T, d *Dock, method, path, body string, header ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+d.Address()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header.Get("Location"), string(text)}
}

// What is wrong is refused, and nothing of it is kept.
func TestRefusals(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "oci")
	d := open(t, Options{Layout: dir})
	const absent = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	manifest := `{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":1,"digest":"` + absent + `"},"layers":[]}`
	const isImage, isIndex = "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"
	for _, c := range []struct {
		method, path, body, mediaType string
		want                          int
		code                          string
	}{
		{"GET", "/v2/", "", "", 200, ""},
		{"GET", "/v2/other/manifests/build", "", "", 404, ""},
		{"POST", "/v2/library/app/blobs/uploads/", "", "", 404, ""},
		{"GET", "/v2/image/manifests/build", "", "", 404, "MANIFEST_UNKNOWN"},
		{"GET", "/v2/image/blobs/" + absent, "", "", 404, "BLOB_UNKNOWN"},
		{"GET", "/v2/image/blobs/sha256:..", "", "", 404, "BLOB_UNKNOWN"},
		{"PATCH", "/v2/image/blobs/uploads/9", "x", "", 404, "BLOB_UPLOAD_UNKNOWN"},
		{"PUT", "/v2/image/blobs/uploads/9?digest=" + absent, "x", "", 404, "BLOB_UPLOAD_UNKNOWN"},
		{"DELETE", "/v2/image/blobs/uploads/9", "", "", 404, "BLOB_UPLOAD_UNKNOWN"},
		{"PUT", "/v2/image/manifests/build", manifest, isImage, 400, "MANIFEST_INVALID"},
		{"PUT", "/v2/image/manifests/build", "{", isImage, 400, "MANIFEST_INVALID"},
		{"PUT", "/v2/image/manifests/build", "{}", isIndex, 400, "MANIFEST_INVALID"},
		{"PUT", "/v2/image/manifests/build", strings.Repeat("x", maxManifest+1), isImage, 500, ""},
	} {
		if a := do(t, d, c.method, c.path, c.body, "Content-Type", c.mediaType); a.status != c.want || !strings.Contains(a.body, c.code) {
			t.Errorf("%s %s: %+v", c.method, c.path, a)
		}
	}
	begun := do(t, d, "POST", "/v2/image/blobs/uploads/", "").location
	if a := do(t, d, "PUT", begun+"?digest="+absent, "not that"); a.status != http.StatusBadRequest {
		t.Errorf("another digest: %d", a.status)
	}
	begun = do(t, d, "POST", "/v2/image/blobs/uploads/", "").location
	if a := do(t, d, "DELETE", begun, ""); a.status != http.StatusNoContent {
		t.Errorf("giving up: %d", a.status)
	}
	do(t, d, "POST", "/v2/image/blobs/uploads/", "") // never finished
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if blobs, err := os.ReadDir(filepath.Join(dir, "blobs", "sha256")); err != nil || len(blobs) > 0 {
		t.Errorf("left behind: %v, %v", blobs, err)
	}
	modes(t, dir)
}

// A link that a RUN line puts in the way leads nowhere.
func TestLinksLeadNowhere(t *testing.T) {
	outside, dir := t.TempDir(), filepath.Join(t.TempDir(), "oci")
	d := open(t, Options{Layout: dir})
	blobs := filepath.Join(dir, "blobs", "sha256")
	if err := errors.Join(os.Remove(blobs), os.Symlink(outside, blobs)); err != nil {
		t.Fatal(err)
	}
	if err := push(t, d, randomImage(t, 1)); err == nil {
		t.Error("it was pushed")
	}
	if got, err := os.ReadDir(outside); err != nil || len(got) > 0 {
		t.Errorf("outside lies %v, %v", got, err)
	}
}
