// SPDX-License-Identifier: Apache-2.0

package kindnode

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/layout"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func builder(t *testing.T) Builder {
	t.Helper()
	b := Builder{Tools: map[string]string{}, Kind: "/m/kind@v0.33.0", Version: "v1.35.4"}
	for name, p := range programs {
		tool, file := filepath.Split(p.from)
		dir := filepath.Join(t.TempDir(), tool+"-0123")
		if old, ok := b.Tools[filepath.Clean(tool)]; ok {
			dir = old
		}
		b.Tools[filepath.Clean(tool)] = dir
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func TestImageNameFollowsItsInputs(t *testing.T) {
	plain := builder(t)
	if again := builder(t); again.Image() != plain.Image() {
		t.Fatal("equal inputs give another name")
	}
	for name, change := range map[string]func(*Builder){
		"kind":       func(b *Builder) { b.Kind = "/m/kind@v0.34.0" },
		"kubernetes": func(b *Builder) { b.Tools = map[string]string{"kubernetes": "/t/kubernetes-4567"} },
		"version":    func(b *Builder) { b.Version = "v1.35.5" },
	} {
		b := plain
		change(&b)
		if b.Image() == plain.Image() {
			t.Errorf("another %s gives the same name", name)
		}
	}
	moved := plain
	moved.Kind = "/elsewhere/kind@v0.33.0"
	if moved.Image() != plain.Image() {
		t.Error("another module cache gives another name")
	}
}

func TestShort(t *testing.T) {
	for in, want := range map[string]string{
		"registry.k8s.io/kube-apiserver:v1.35.4":  "kube-apiserver",
		"registry.k8s.io/coredns/coredns:v1.13.1": "coredns",
		"localhost:5000/pause":                    "pause",
	} {
		if got := short(in); got != want {
			t.Errorf("short(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestImageHoldsItsProgram(t *testing.T) {
	img, err := root{}.image(t.Context(), builder(t), programs["coredns"])
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil || !slices.Equal(config.Config.Entrypoint, []string{"/coredns"}) || config.Architecture != "amd64" {
		t.Errorf("config %+v, %v", config, err)
	}
	layers, err := img.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	r, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	if got := content(t, r, "coredns"); got != "coredns" {
		t.Errorf("the program holds %q", got)
	}
}

// content reads a program out of a layer.
func content(t *testing.T, layer io.Reader, name string) string {
	t.Helper()
	for r := tar.NewReader(layer); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			t.Fatalf("no %s in the layer", name)
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Name != name {
			continue
		}
		if h.Mode&0o111 == 0 {
			t.Errorf("%s cannot be run: mode %o", name, h.Mode)
		}
		var text bytes.Buffer
		if _, err := io.CopyN(&text, r, h.Size); err != nil {
			t.Fatal(err)
		}
		return text.String()
	}
}

func TestLayoutNamesItsImages(t *testing.T) {
	img, err := root{}.image(t.Context(), builder(t), programs["pause"])
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := writeLayout(dir, map[string]v1.Image{"registry.k8s.io/pause:3.10": img}); err != nil {
		t.Fatal(err)
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	m, err := index.IndexManifest()
	if err != nil || len(m.Manifests) != 1 || m.Manifests[0].Annotations["io.containerd.image.name"] != "registry.k8s.io/pause:3.10" {
		t.Errorf("manifests %+v, %v", m, err)
	}
}
