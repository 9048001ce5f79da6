// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/adze-ci/adze/internal/step"
)

// What is pulled back of a tarball are the very bytes that it holds.
func TestPushedIsInTheTarball(t *testing.T) {
	img, err := random.Image(10_000, 3)
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag("registry.test/app:built")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "image.tar")
	if err := tarball.WriteToFile(file, tag, img); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), &out, &errs, "--from="+file, "--image="+newRegistry(t)+"/library/app"); code != step.CodeDone {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	ref, err := name.NewDigest(strings.TrimSpace(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	back, err := remote.Image(ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(back); err != nil {
		t.Error(err)
	}
	want, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	got, err := back.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if got.Config.Digest != want.Config.Digest {
		t.Errorf("configuration %s, want %s", got.Config.Digest, want.Config.Digest)
	}
	for i, layer := range want.Layers {
		if got.Layers[i].Digest != layer.Digest {
			t.Errorf("layer %d is %s, want %s", i, got.Layers[i].Digest, layer.Digest)
		}
	}
}

// Layers that a tarball has as they are, as docker writes them, are compressed the
// same each time, and the configuration stays the builder's.
func TestTarballOfPlainLayers(t *testing.T) {
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	if err := w.WriteHeader(&tar.Header{Name: "hello", Mode: 0o644}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	diff, _, err := v1.SHA256(bytes.NewReader(layer.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Appendf(nil, `{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[%q]}}`, diff)
	manifest := []byte(`[{"Config":"config.json","RepoTags":["registry.test/app:built"],"Layers":["layer.tar"]}]`)
	file := filepath.Join(t.TempDir(), "image.tar")
	entries(t, file, []tar.Header{
		{Name: "layer.tar", Size: int64(layer.Len())}, {Name: "config.json", Size: int64(len(config))}, {Name: "manifest.json", Size: int64(len(manifest))},
	}, layer.Bytes(), config, manifest)
	registry, digests := newRegistry(t), map[string]bool{}
	for _, repository := range []string{"/library/one", "/library/two"} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), &out, &errs, "--from="+file, "--image="+registry+repository); code != step.CodeDone {
			t.Fatalf("exit code %d: %s", code, errs.String())
		}
		ref, err := name.NewDigest(strings.TrimSpace(out.String()))
		if err != nil {
			t.Fatal(err)
		}
		digests[ref.DigestStr()] = true
		back, err := remote.Image(ref)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(back); err != nil {
			t.Error(err)
		}
		if got, err := back.RawConfigFile(); err != nil || !bytes.Equal(got, config) {
			t.Errorf("the configuration is %s, %v", got, err)
		}
	}
	if len(digests) != 1 {
		t.Errorf("one tarball has the digests %v", digests)
	}
}

// entries writes a tarball of some files; a size without content is a hole.
func entries(t *testing.T, file string, headers []tar.Header, contents ...[]byte) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // the next open would fail
	w := tar.NewWriter(f)
	for i, h := range headers {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(contents[i]); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHostileTarballs(t *testing.T) {
	manifest := func(config string, more map[string]any) []byte {
		m := map[string]any{"Config": config, "Layers": []string{"layer.tar"}}
		for key, value := range more {
			m[key] = value
		}
		raw, err := json.Marshal([]any{m})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	diff := "sha256:" + strings.Repeat("1", 64)
	config := []byte(`{"rootfs":{"type":"layers","diff_ids":["` + diff + `"]}}`)
	foreign := manifest("c.json", map[string]any{"LayerSources": map[string]any{diff: v1.Descriptor{
		MediaType: types.DockerForeignLayer, URLs: []string{"https://evil.test/layer"}, Size: 1, Digest: v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("1", 64)},
	}}})
	plain := func(name string, size int) tar.Header {
		return tar.Header{Name: name, Typeflag: tar.TypeReg, Size: int64(size), Mode: 0o600}
	}
	for what, tc := range map[string]struct {
		headers  []tar.Header
		contents [][]byte
		says     string
	}{
		"endless manifest":      {[]tar.Header{plain("manifest.json", 1<<40)}, [][]byte{[]byte("[")}, "longer than"},
		"endless configuration": {[]tar.Header{plain("manifest.json", len(manifest("./c.json", nil))), plain("c.json", 1<<40)}, [][]byte{manifest("./c.json", nil), nil}, "longer than"},
		"configuration by link": {[]tar.Header{plain("manifest.json", len(manifest("c.json", nil))), {Name: "c.json", Typeflag: tar.TypeSymlink, Linkname: "layer.tar"}}, [][]byte{manifest("c.json", nil), nil}, "no plain file"},
		"layer from elsewhere":  {[]tar.Header{plain("manifest.json", len(foreign)), plain("c.json", len(config)), plain("layer.tar", 4)}, [][]byte{foreign, config, []byte("tar!")}, "none that is held"},
		"no image":              {[]tar.Header{plain("manifest.json", 2)}, [][]byte{[]byte("[]")}, "single image"},
	} {
		t.Run(what, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "image.tar")
			entries(t, file, tc.headers, tc.contents...)
			_, _, err := openTarball(file)
			if step.CodeOf(err) != step.CodeMisused || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %v, want it to say %q", err, tc.says)
			}
		})
	}
}
