// SPDX-License-Identifier: Apache-2.0

package reproducible

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

var (
	commit = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	older  = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
)

// layer holds a file of the commit's time or later, and an older one.
func layer(t *testing.T, text string, now time.Time) v1.Layer {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []*tar.Header{
		{Name: "new", Mode: 0o4755, Uid: 7, ModTime: now, AccessTime: now, ChangeTime: now, Format: tar.FormatPAX, PAXRecords: map[string]string{"SCHILY.xattr.user.x": "y"}},
		{Name: "old", Mode: 0o644, ModTime: older},
		{Name: "dir/", Typeflag: tar.TypeDir, Mode: 0o755, ModTime: now},
		{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "new", ModTime: now},
	} {
		if h.Typeflag == 0 {
			h.Size = int64(len(text))
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := io.WriteString(w, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func add(t *testing.T, img v1.Image, l v1.Layer, by string) v1.Image {
	t.Helper()
	img, err := mutate.Append(img, mutate.Addendum{Layer: l, History: v1.History{Author: "kaniko", CreatedBy: by}})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// base is the same at any time.
func base(t *testing.T) v1.Image {
	return add(t, empty.Image, layer(t, "base", older.AddDate(20, 0, 0)), "RUN base")
}

// write makes a layout of an image that was built at some time.
func write(t *testing.T, img v1.Image, now time.Time) string {
	t.Helper()
	img, err := mutate.CreatedAt(img, v1.Time{Time: now})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path, err := layout.Write(dir, empty.Index)
	if err == nil {
		err = path.AppendImage(img)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, dir string, h v1.Hash) v1.Image {
	t.Helper()
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	img, err := index.Image(h)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// Two builds of the same make the same image, valid, with the base's own layer,
// and nothing else lies in the layout.
func TestSameDigest(t *testing.T) {
	for _, mediaType := range []types.MediaType{types.DockerManifestSchema2, types.OCIManifestSchema1} {
		var digests []v1.Hash
		for _, now := range []time.Time{commit.Add(time.Hour), commit.Add(100*time.Hour + 5*time.Nanosecond)} {
			img := mutate.MediaType(add(t, add(t, base(t), layer(t, "a", now), "RUN a"), layer(t, "b", now), "COPY b /"), mediaType)
			dir := write(t, img, now)
			h, _, err := Rewrite(t.Context(), dir, []string{"RUN a", "USER x", "COPY b /"}, commit)
			if err != nil {
				t.Fatal(err)
			}
			digests = append(digests, h)
			got := read(t, dir, h)
			if err := validate.Image(got); err != nil {
				t.Error(err)
			}
			unchanged(t, got, base(t))
			times(t, got)
			if blobs, err := os.ReadDir(filepath.Join(dir, "blobs", "sha256")); err != nil || len(blobs) != 5 {
				t.Errorf("%d blobs, %v", len(blobs), err)
			}
		}
		if digests[0] != digests[1] {
			t.Errorf("%s: %v differ", mediaType, digests)
		}
	}
}

// unchanged checks that an image begins with another's layers and history.
func unchanged(t *testing.T, img, base v1.Image) {
	t.Helper()
	got, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	want, err := base.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if got.Layers[0].Digest != want.Layers[0].Digest || !config.History[0].Created.IsZero() {
		t.Errorf("the base's layer is %s, want %s", got.Layers[0].Digest, want.Layers[0].Digest)
	}
	if !config.Created.Equal(commit) || !config.History[1].Created.Equal(commit) {
		t.Errorf("created %s, history %v", config.Created, config.History)
	}
}

// times checks what became of the entries of the last layer.
func times(t *testing.T, img v1.Image) {
	t.Helper()
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	r, err := layers[len(layers)-1].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // it was only read
	entries := tar.NewReader(r)
	for h, err := entries.Next(); !errors.Is(err, io.EOF); h, err = entries.Next() {
		if err != nil {
			t.Fatal(err)
		}
		if !h.ModTime.Equal(epoch()) || !h.AccessTime.IsZero() || !h.ChangeTime.IsZero() {
			t.Errorf("%s has the times %s %s %s", h.Name, h.ModTime, h.AccessTime, h.ChangeTime)
		}
		if h.Name == "new" && (h.Mode != 0o4755 || h.Uid != 7 || h.PAXRecords["SCHILY.xattr.user.x"] != "y") {
			t.Errorf("it lost something: %+v", h)
		}
	}
}

// A layer that the layout lacks is in a registry, and stays what it is; the same
// layer twice is rewritten both times.
func TestSparseAndTwice(t *testing.T) {
	now := commit.Add(time.Hour)
	img := add(t, add(t, base(t), layer(t, "a", now), "RUN a"), layer(t, "a", now), "RUN a")
	dir := write(t, img, now)
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, blobPath(manifest.Layers[0].Digest))); err != nil {
		t.Fatal(err)
	}
	h, _, err := Rewrite(t.Context(), dir, []string{"RUN base", "RUN a", "RUN a"}, commit)
	if err != nil {
		t.Fatal(err)
	}
	got, err := read(t, dir, h).Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if got.Layers[0].Digest != manifest.Layers[0].Digest || got.Layers[1].Digest == manifest.Layers[1].Digest || got.Layers[1].Digest != got.Layers[2].Digest {
		t.Errorf("layers %v, were %v", got.Layers, manifest.Layers)
	}
	if _, err := os.Stat(filepath.Join(dir, blobPath(got.Layers[1].Digest))); err != nil {
		t.Error(err)
	}
}

// An image whose history does not fit its layers is left alone.
func TestUnknown(t *testing.T) {
	img, err := mutate.AppendLayers(base(t), layer(t, "a", commit))
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config.History = config.History[:1]
	if img, err = mutate.ConfigFile(img, config); err != nil {
		t.Fatal(err)
	}
	dir := write(t, img, commit)
	h, _, err := Rewrite(t.Context(), dir, nil, commit)
	if !errors.Is(err, ErrUnknown) {
		t.Errorf("got %v", err)
	}
	if err := validate.Image(read(t, dir, h)); err != nil {
		t.Error(err)
	}
}

// A layer that a commit does not change keeps its digest; the image has the
// commit's time.
func TestLayersOutlastCommits(t *testing.T) {
	var layers []v1.Descriptor
	for _, created := range []time.Time{commit, commit.AddDate(0, 0, 1)} {
		dir := write(t, add(t, base(t), layer(t, "a", created.Add(time.Minute)), "RUN a"), created.Add(time.Minute))
		h, manifest, err := Rewrite(t.Context(), dir, []string{"RUN a"}, created)
		if err != nil {
			t.Fatal(err)
		}
		if config, err := read(t, dir, h).ConfigFile(); err != nil || !config.Created.Equal(created) {
			t.Errorf("%+v, %v", config, err)
		}
		layers = append(layers, manifest.Layers[1])
	}
	if layers[0].Digest != layers[1].Digest {
		t.Errorf("%v differ", layers)
	}
}

// A blob that is not what its digest says is not made part of another image.
func TestChangedBlobs(t *testing.T) {
	img := add(t, base(t), layer(t, "a", commit), "RUN a")
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	other, err := layer(t, "b", commit).Compressed()
	if err != nil {
		t.Fatal(err)
	}
	forged, err := io.ReadAll(other)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]struct {
		blob v1.Hash
		text []byte
	}{
		"the manifest": {v1.Hash{}, []byte(`{"schemaVersion":2}`)}, "the layer": {manifest.Layers[1].Digest, forged},
	} {
		dir := write(t, img, commit)
		if change.blob.Hex == "" {
			change.blob = digestIn(t, dir)
		}
		if err := os.WriteFile(filepath.Join(dir, blobPath(change.blob)), change.text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Rewrite(t.Context(), dir, []string{"RUN a"}, commit); !errors.Is(err, errChanged) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// digestIn is the image's that a layout holds.
func digestIn(t *testing.T, dir string) v1.Hash {
	t.Helper()
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	return manifest.Manifests[0].Digest
}
