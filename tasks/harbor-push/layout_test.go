// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/adze-ci/adze/internal/step"
)

// hostile is a layout that a test damages before it is opened.
type hostile struct {
	t   *testing.T
	dir string
	img v1.Image
}

func newHostile(t *testing.T) *hostile {
	t.Helper()
	img, err := random.Image(256, 2)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "oci")
	if err := writeLayout(dir, img); err != nil {
		t.Fatal(err)
	}
	return &hostile{t, dir, img}
}

func (h *hostile) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// blob is the path of the image's first layer.
func (h *hostile) blob() string {
	manifest, err := h.img.Manifest()
	h.must(err)
	return filepath.Join(h.dir, "blobs", "sha256", manifest.Layers[0].Digest.Hex)
}

// replace puts something else in a file's place.
func (h *hostile) replace(path string, put func(path string) error) {
	h.must(os.RemoveAll(path))
	h.must(put(path))
}

// manifest rewrites the image's manifest and names the new one in index.json.
func (h *hostile) manifest(edit func(map[string]any)) {
	h.name(h.edited(edit))
}

// edited writes the image's manifest with other fields.
func (h *hostile) edited(edit func(map[string]any)) v1.Descriptor {
	raw, err := h.img.RawManifest()
	h.must(err)
	var fields map[string]any
	h.must(json.Unmarshal(raw, &fields))
	edit(fields)
	return h.put(fields, types.DockerManifestSchema2)
}

// index writes an index, and one above it for each further level.
func (h *hostile) index(levels int, edit func(map[string]any), children ...v1.Descriptor) v1.Descriptor {
	for range levels {
		fields := map[string]any{"schemaVersion": 2, "manifests": children}
		edit(fields)
		children = []v1.Descriptor{h.put(fields, types.OCIImageIndex)}
	}
	return children[0]
}

// put writes a blob.
func (h *hostile) put(fields map[string]any, mediaType types.MediaType) v1.Descriptor {
	raw, err := json.Marshal(fields)
	h.must(err)
	blob := static.NewLayer(raw, mediaType)
	digest, err := blob.Digest()
	h.must(err)
	h.must(os.WriteFile(filepath.Join(h.dir, "blobs", "sha256", digest.Hex), raw, 0o600))
	return v1.Descriptor{MediaType: mediaType, Digest: digest, Size: int64(len(raw))}
}

// name writes an index.json that names a manifest.
func (h *hostile) name(desc v1.Descriptor) {
	index, err := json.Marshal(v1.IndexManifest{SchemaVersion: 2, Manifests: []v1.Descriptor{desc}})
	h.must(err)
	h.must(os.WriteFile(filepath.Join(h.dir, "index.json"), index, 0o600))
}

// attestation is a manifest of attestations, for a platform.
func (h *hostile) attestation(platform *v1.Platform) v1.Descriptor {
	desc := h.edited(func(m map[string]any) {
		for _, layer := range m["layers"].([]any) {
			layer.(map[string]any)["mediaType"] = attestation
		}
	})
	desc.Platform = platform
	return desc
}

func asItIs(map[string]any) {}

func TestHostileLayouts(t *testing.T) {
	for _, c := range []struct {
		name, says string
		damage     func(h *hostile)
	}{
		{"link out of the folder", "is a L", func(h *hostile) {
			h.replace(h.blob(), func(p string) error { return os.Symlink("/etc/hostname", p) })
		}},
		{"link inside the folder", "is a L", func(h *hostile) {
			h.replace(h.blob(), func(p string) error { return os.Symlink("../../index.json", p) })
		}},
		{"folder of blobs is a link", "escapes", func(h *hostile) {
			h.replace(filepath.Join(h.dir, "blobs"), func(p string) error { return os.Symlink("/etc", p) })
		}},
		{"index is a link", "is a L", func(h *hostile) {
			h.replace(filepath.Join(h.dir, "index.json"), func(p string) error { return os.Symlink("/etc/hostname", p) })
		}},
		{"pipe that never ends", "is a p", func(h *hostile) {
			h.replace(h.blob(), func(p string) error { return syscall.Mkfifo(p, 0o600) })
		}},
		{"folder in place of a blob", "is a d", func(h *hostile) {
			h.replace(h.blob(), func(p string) error { return os.Mkdir(p, 0o700) })
		}},
		{"two images", "names 2 images", func(h *hostile) { h.must(writeLayout(h.dir, h.img, empty.Image)) }},
		{"no image", "names 0 images", func(h *hostile) { h.must(writeLayout(h.dir)) }},
		{"endless index", "longer than", func(h *hostile) { h.must(os.Truncate(filepath.Join(h.dir, "index.json"), 1<<40)) }},
		{"missing layer", "no such file", func(h *hostile) { h.must(os.Remove(h.blob())) }},
		{"short layer", "the manifest says", func(h *hostile) { h.must(os.Truncate(h.blob(), 1)) }},
		{"digest leads elsewhere", "index.json", func(h *hostile) {
			h.must(os.WriteFile(filepath.Join(h.dir, "index.json"), []byte(`{"manifests":[{"digest":"sha256:../../../etc/hostname"}]}`), 0o600))
		}},
		{"manifest of another digest", "has the digest", func(h *hostile) {
			digest, err := h.img.Digest()
			h.must(err)
			h.must(os.WriteFile(filepath.Join(h.dir, "blobs", "sha256", digest.Hex), []byte("{}"), 0o600))
		}},
		{"claims to be another image's verdict", "subject", func(h *hostile) {
			h.manifest(func(m map[string]any) { m["subject"] = map[string]any{"digest": "sha256:" + strings.Repeat("0", 64)} })
		}},
		{"is an index too", "manifests", func(h *hostile) { h.manifest(func(m map[string]any) { m["manifests"] = []any{} }) }},
		{"another type than the index says", "calls itself", func(h *hostile) {
			h.manifest(func(m map[string]any) { m["mediaType"] = types.OCIManifestSchema1 })
		}},
		{"layer from elsewhere", "is none that is held", func(h *hostile) {
			h.manifest(func(m map[string]any) {
				m["layers"].([]any)[0].(map[string]any)["urls"] = []string{"https://evil.test/layer"}
			})
		}},
		{"an attestation as an image", "is none that is held", func(h *hostile) {
			h.manifest(func(m map[string]any) { m["layers"].([]any)[0].(map[string]any)["mediaType"] = attestation })
		}},
		{"an attestation for a platform", "is none that is held", func(h *hostile) {
			h.name(h.index(1, asItIs, h.attestation(&v1.Platform{OS: "linux", Architecture: "amd64"})))
		}},
		{"an image for no platform", "is no attestation", func(h *hostile) {
			child := h.edited(asItIs)
			child.Platform = &v1.Platform{OS: "unknown", Architecture: "unknown"}
			h.name(h.index(1, asItIs, child))
		}},
		{"index of a hostile image", "subject", func(h *hostile) {
			h.name(h.index(1, asItIs, h.edited(func(m map[string]any) { m["subject"] = map[string]any{} })))
		}},
		{"index that claims to be a verdict", "fields that a built one", func(h *hostile) {
			h.name(h.index(1, func(m map[string]any) { m["subject"] = map[string]any{} }, h.edited(asItIs)))
		}},
		{"index that is an image too", "fields that a built one", func(h *hostile) {
			h.name(h.index(1, func(m map[string]any) { m["layers"] = []any{} }, h.edited(asItIs)))
		}},
		{"index of what is elsewhere", "from elsewhere", func(h *hostile) {
			child := h.edited(asItIs)
			child.URLs = []string{"https://evil.test/manifest"}
			h.name(h.index(1, asItIs, child))
		}},
		{"index of what is no image", "want an image's", func(h *hostile) {
			h.name(h.index(1, asItIs, h.put(map[string]any{}, "application/vnd.oci.artifact.manifest.v1+json")))
		}},
		{"index that lists nothing", "lists no image", func(h *hostile) { h.name(h.index(1, asItIs)) }},
		{"index of a missing image", "no such file", func(h *hostile) {
			child := h.edited(asItIs)
			h.must(os.Remove(filepath.Join(h.dir, "blobs", "sha256", child.Digest.Hex)))
			h.name(h.index(1, asItIs, child))
		}},
		{"index of an image of another size", "its descriptor says", func(h *hostile) {
			child := h.edited(asItIs)
			child.Size++
			h.name(h.index(1, asItIs, child))
		}},
		{"indexes without an end", "deep", func(h *hostile) { h.name(h.index(4, asItIs, h.edited(asItIs))) }},
		{"an index of too many", "more than 64 manifests", func(h *hostile) {
			h.name(h.index(1, asItIs, slices.Repeat([]v1.Descriptor{h.edited(asItIs)}, 64)...))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHostile(t)
			c.damage(h)
			_, _, err := openLayout(h.dir, bases{})
			if step.CodeOf(err) != step.CodeMisused || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want it to say %q", err, c.says)
			}
		})
	}
	for _, leave := range []func(h *hostile){
		func(h *hostile) { h.manifest(asItIs) },
		func(h *hostile) { h.name(h.index(2, asItIs, h.edited(asItIs))) },
		func(h *hostile) {
			h.name(h.index(1, asItIs, h.edited(asItIs), h.attestation(&v1.Platform{OS: "unknown", Architecture: "unknown"})))
		},
	} {
		h := newHostile(t)
		leave(h)
		if _, done, err := openLayout(h.dir, bases{}); err != nil {
			t.Errorf("a layout that is well: %v", err)
		} else {
			done()
		}
	}
}
