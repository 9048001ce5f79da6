// SPDX-License-Identifier: Apache-2.0

package dock

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

const key, otherKey = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

// earlier are the entries of earlier builds.
type earlier map[string]v1.Image

// Entry finds one.
func (e earlier) Entry(_ context.Context, key string) (v1.Descriptor, []byte, bool) {
	img, ok := e[key]
	if !ok {
		return v1.Descriptor{}, nil, false
	}
	raw, err := img.RawManifest()
	if err != nil {
		panic(err)
	}
	h, err := img.Digest()
	if err != nil {
		panic(err)
	}
	mediaType, err := img.MediaType()
	return v1.Descriptor{MediaType: mediaType, Digest: h, Size: int64(len(raw))}, raw, err == nil
}

// Blob opens a blob of any.
func (e earlier) Blob(_ context.Context, h v1.Hash, _ int64) (io.ReadCloser, error) {
	for _, img := range e {
		if config, err := img.ConfigName(); err == nil && config == h {
			raw, err := img.RawConfigFile()
			return io.NopCloser(bytes.NewReader(raw)), err
		}
		if l, err := img.LayerByDigest(h); err == nil {
			return l.Compressed()
		}
	}
	return nil, os.ErrNotExist
}

func entry(t *testing.T, d *Dock, key string) name.Tag {
	t.Helper()
	ref, err := name.NewTag(d.CacheRepository()+":"+key, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// What earlier builds left is read through the dock, and what this one keeps
// lies beside the layout, each entry whole.
func TestCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "oci")
	there := earlier{key: randomImage(t, 1)}
	d := open(t, Options{Layout: dir, Cache: there})
	got, err := remote.Image(entry(t, d, key))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(got); err != nil {
		t.Error(err)
	}
	if _, err := remote.Image(entry(t, d, otherKey)); err == nil {
		t.Error("an entry that is not there was found")
	}
	kept := randomImage(t, 1)
	if err := remote.Write(entry(t, d, otherKey), kept); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Image(); !errors.Is(err, ErrNone) {
		t.Errorf("the entry counts as the image: %v", err)
	}
	names, err := os.ReadDir(dir + CacheSuffix)
	if err != nil || len(names) != 1 || names[0].Name() != otherKey {
		t.Errorf("beside the layout lie %v, %v", names, err)
	}
	modes(t, dir+CacheSuffix)
	index, err := layout.ImageIndexFromPath(filepath.Join(dir+CacheSuffix, otherKey))
	if err != nil {
		t.Fatal(err)
	}
	digest, err := kept.Digest()
	if err != nil {
		t.Fatal(err)
	}
	back, err := index.Image(digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(back); err != nil {
		t.Error(err)
	}
}

// Without a cache there is no such repository.
func TestNoCache(t *testing.T) {
	d := open(t, Options{})
	if a := do(t, d, "POST", "/v2/cache/blobs/uploads/", ""); a.status != 404 || d.CacheRepository() != "" {
		t.Errorf("got %d, %q", a.status, d.CacheRepository())
	}
}

func TestOddEntriesAreRefused(t *testing.T) {
	d := open(t, Options{Cache: earlier{}})
	ok := randomImage(t, 1)
	if err := remote.Write(entry(t, d, key), ok); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"a key twice":     remote.Write(entry(t, d, key), randomImage(t, 1)),
		"no key":          remote.Write(entry(t, d, "latest"), ok),
		"several layers":  remote.Write(entry(t, d, otherKey), randomImage(t, 2)),
		"an upward name":  statusError(do(t, d, "PUT", "/v2/cache/manifests/..%2fimage", "{}").status),
		"no manifest":     statusError(do(t, d, "PUT", "/v2/cache/manifests/"+otherKey, "{}").status),
		"another's blob":  statusError(do(t, d, "GET", "/v2/cache/blobs/sha256:"+key, "").status),
		"a name that has": statusError(do(t, d, "GET", "/v2/cache/manifests/latest", "").status),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func statusError(status int) error {
	if status < 400 {
		return nil
	}
	return errors.New("refused")
}

// What is too much for later builds is refused; the build goes on without.
func TestFull(t *testing.T) {
	var u uploads
	s, err := openStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	id, err := u.begin(s, 10)
	if err != nil {
		t.Fatal(err)
	}
	up, _ := u.get(id)
	if n, err := up.add(strings.NewReader("0123456789")); n != 10 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if _, err := up.add(strings.NewReader("x")); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
	if err := errors.Join(u.drop(), s.close()); err != nil {
		t.Error(err)
	}
}

// What an earlier build left in the folder goes; what none leaves stays, and is told.
func TestCacheFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "oci")
	for range 2 {
		d := open(t, Options{Layout: dir, Cache: earlier{}})
		if err := errors.Join(remote.Write(entry(t, d, key), randomImage(t, 1)), d.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir+CacheSuffix, "precious"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Layout: dir, Cache: earlier{}}); err == nil || !strings.Contains(err.Error(), "precious") {
		t.Errorf("got %v", err)
	}
}
