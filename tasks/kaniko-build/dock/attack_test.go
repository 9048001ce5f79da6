// SPDX-License-Identifier: Apache-2.0

package dock

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// What a RUN line may try besides a push: to list, to reach other repositories, to
// take from them, to remove. Nothing of it is there, and the executor's push goes on.
func TestAttacksThatAreNoPush(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "oci")
	d := open(t, Options{Layout: dir, Cache: earlier{}})
	img := randomImage(t, 1)
	if err := push(t, d, img); err != nil {
		t.Fatal(err)
	}
	want, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	upload := do(t, d, "POST", "/v2/image/blobs/uploads/?mount="+want.String()+"&from=other", "").location
	for _, c := range []struct {
		method, path, body string
		want               int
	}{
		{"GET", "/v2/_catalog", "", 404},
		{"GET", "/v2/image/tags/list", "", 404},
		{"GET", "/v2/image/referrers/" + want.String(), "", 404},
		{"PUT", "/v2/other/manifests/build", "{}", 404},
		{"POST", "/v2/shop/cart/blobs/uploads/", "", 404},
		{"POST", "/v2/../image/blobs/uploads/", "", 404},
		{"GET", "/v2/cache/blobs/" + config.String(), "", 404},
		{"GET", "/v2/image/blobs/sha256:..%2f..%2findex.json", "", 404},
		{"DELETE", "/v2/image/manifests/build", "", 405},
		{"DELETE", "/v2/image/manifests/" + want.String(), "", 405},
		{"DELETE", "/v2/image/blobs/" + config.String(), "", 405},
		{"PUT", upload + "?digest=sha256:" + strings.Repeat("0", 64), "another's digest", 400},
		{"PUT", "/v2/image/blobs/uploads/..%2f..%2findex.json?digest=" + want.String(), "x", 404},
		{"CONNECT", "/v2/", "", 405},
	} {
		if a := do(t, d, c.method, c.path, c.body); a.status != c.want {
			t.Errorf("%s %s: %+v, want %d", c.method, c.path, a, c.want)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := d.Image(); err != nil || got.Digest != want {
		t.Errorf("got %v, want %s: %v", got, want, err)
	}
}

// A second image, before the executor's or after it, is taken for neither: the
// build fails. The same once more is a repetition.
func TestTwoImages(t *testing.T) {
	d := open(t, Options{})
	first, second := randomImage(t, 1), randomImage(t, 1)
	if err := errors.Join(push(t, d, first), push(t, d, first)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := push(t, d, second); err == nil || !strings.Contains(err.Error(), ErrContested.Error()) {
			t.Errorf("a second image: %v", err)
		}
		if got, err := d.Image(); !errors.Is(err, ErrContested) {
			t.Errorf("got %v, %v", got, err)
		}
	}
}

// What a RUN line leaves in the cache is no image, and takes no key from the
// executor but those that it names itself.
func TestCacheIsNoImage(t *testing.T) {
	d := open(t, Options{Cache: earlier{}})
	img := randomImage(t, 1)
	raw, err := img.RawManifest()
	if err != nil {
		t.Fatal(err)
	}
	mediaType, err := img.MediaType()
	if err != nil {
		t.Fatal(err)
	}
	if a := do(t, d, "PUT", "/v2/cache/manifests/"+key, string(raw), "Content-Type", string(mediaType)); a.status != http.StatusBadRequest {
		t.Errorf("an entry without its blobs: %+v", a)
	}
	if err := push(t, d, img); err != nil {
		t.Fatal(err)
	}
	if a := do(t, d, "PUT", "/v2/cache/manifests/"+key, string(raw), "Content-Type", string(mediaType)); a.status != http.StatusBadRequest {
		t.Errorf("an entry of the image's blobs: %+v", a)
	}
	if _, err := d.Image(); err != nil {
		t.Error(err)
	}
}

// Uploads that never end are bounded in their number, and go with the dock.
func TestEndlessUploads(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "oci")
	d := open(t, Options{Layout: dir})
	for range maxUploads {
		if a := do(t, d, "POST", "/v2/image/blobs/uploads/", ""); a.status != http.StatusAccepted {
			t.Fatalf("%+v", a)
		}
	}
	if a := do(t, d, "POST", "/v2/image/blobs/uploads/", ""); a.status != http.StatusInsufficientStorage {
		t.Errorf("one too many: %+v", a)
	}
	if a := do(t, d, "DELETE", "/v2/image/blobs/uploads/1", ""); a.status != http.StatusNoContent {
		t.Errorf("%+v", a)
	}
	location := do(t, d, "POST", "/v2/image/blobs/uploads/", "").location

	// A body that begins, and never goes on.
	body, more := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, "http://"+d.Address()+location, body)
	if err != nil {
		t.Fatal(err)
	}
	cut := make(chan error)
	go func() {
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			err = resp.Body.Close()
		}
		cut <- err
	}()
	if _, err := more.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if err := errors.Join(more.Close(), <-cut); err == nil {
		t.Error("the upload was taken")
	}
	left, err := os.ReadDir(filepath.Join(dir, "blobs"))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// What a RUN line writes into the layout's folder beside the dock does not count.
func TestLayoutTellsWhatWasPushed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "oci")
	d := open(t, Options{Layout: dir})
	img := randomImage(t, 1)
	if err := push(t, d, img); err != nil {
		t.Fatal(err)
	}
	want, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"index.json", "oci-layout", blobPath(want)} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
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
