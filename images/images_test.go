// SPDX-License-Identifier: Apache-2.0

package images

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

func TestDefinitions(t *testing.T) {
	names, err := Names()
	if err != nil || !slices.Contains(names, "static") || !slices.Contains(names, "kaniko") {
		t.Fatalf("Names() = %v, %v; want static and kaniko among them", names, err)
	}
	for _, name := range names {
		d, err := Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if d.Base != "" && !slices.Contains(names, d.Base) {
			t.Errorf("%s: base %q is no image of this folder", name, d.Base)
		}
		if _, err := os.Stat(filepath.Join(name, "README.md")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// In a Kaniko container everything outside of /kaniko shows up in builds.
func TestKanikoStaysInItsFolder(t *testing.T) {
	d, err := Load("kaniko")
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{d.Tool.Path, d.Certificates}
	for _, dir := range d.Directories {
		paths = append(paths, dir.Path)
	}
	for _, p := range paths {
		if !within(p, "kaniko") {
			t.Errorf("the image holds %s, want all under kaniko/", p)
		}
	}
	if d.Base != "" || d.Debian != nil || d.Applets != "" {
		t.Error("the image has a base, packages or applets, want none")
	}
}

// fakeTool gives a builder one program of the given content.
func fakeTool(t *testing.T, content string) Builder {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tool")
	if err := os.WriteFile(file, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
	return Builder{Cache: t.TempDir(), Tool: func(context.Context, string, string) (string, error) { return file, nil }}
}

func assembled(t *testing.T, b Builder, d *Definition) v1.Image {
	t.Helper()
	img, err := b.assemble(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func sample() *Definition {
	return &Definition{
		Name: "static", // for the files of its root folder
		Tool: &Tool{Name: "tool", Program: "tool", Path: "bin/tool"}, Config: Config{User: "65532:65532"},
		Directories: []Directory{{Path: "tmp", Mode: 0o1777}, {Path: "home/nonroot", Mode: 0o700, Owner: 65532}},
	}
}

func TestSameInputsSameDigest(t *testing.T) {
	first, err := assembled(t, fakeTool(t, "tool"), sample()).Digest()
	if err != nil {
		t.Fatal(err)
	}
	again, err := assembled(t, fakeTool(t, "tool"), sample()).Digest()
	if err != nil {
		t.Fatal(err)
	}
	if first != again {
		t.Errorf("digests %s and %s of the same inputs differ", first, again)
	}
	other, err := assembled(t, fakeTool(t, "another tool"), sample()).Digest()
	if err != nil {
		t.Fatal(err)
	}
	if other == first {
		t.Error("another tool gave the same digest")
	}
}

func TestImageContents(t *testing.T) {
	img := assembled(t, fakeTool(t, "tool"), sample())
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.OS != "linux" || config.Architecture != "amd64" || config.Config.User != "65532:65532" {
		t.Errorf("config = %s/%s user %q", config.OS, config.Architecture, config.Config.User)
	}
	want := map[string]int64{"bin/tool": 0o755, "etc/passwd": 0o644, "tmp": 0o1777, "home/nonroot": 0o700}
	for tr := tar.NewReader(mutate.Extract(img)); ; {
		h, err := tr.Next()
		if err != nil {
			break
		}
		if mode, ok := want[strings.TrimSuffix(h.Name, "/")]; ok && mode == h.Mode && h.ModTime.Unix() == 0 {
			delete(want, strings.TrimSuffix(h.Name, "/"))
		}
	}
	if len(want) > 0 {
		t.Errorf("not in the image as wanted: %v", want)
	}
}

func TestCachedByContent(t *testing.T) {
	b := fakeTool(t, "tool")
	d := sample()
	before, err := b.key(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if after, err := fakeTool(t, "newer").key(t.Context(), d); err != nil || after == before {
		t.Errorf("key of a newer tool = %s, %v; want another than %s", after, err, before)
	}
	made := assembled(t, b, d)
	kept, err := keep(filepath.Join(b.Cache, "x"), made)
	if err != nil {
		t.Fatal(err)
	}
	a, errA := made.Digest()
	z, errZ := kept.Digest()
	if err := errors.Join(errA, errZ); err != nil || a != z {
		t.Errorf("kept as %s, made as %s: %v", z, a, err)
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	unlock, err := lock(t.Context(), dir, "x")
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lock(ended, dir, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("second lock: %v, want it to wait until its context ends", err)
	}
	unlock()
	again, err := lock(ended, dir, "x")
	if err != nil {
		t.Fatalf("lock after unlock: %v", err)
	}
	again()
}

func TestHardLinksComeAfterTheirTargets(t *testing.T) {
	tr := tree{"a": {kind: tar.TypeLink, link: "b"}}
	tr.file("b", 0o644, []byte("b"))
	layer, err := tr.layer()
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for r := tar.NewReader(mutate.Extract(img)); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		order = append(order, h.Name)
	}
	if got := strings.Join(order, " "); got != "b a" {
		t.Errorf("order %q, want the target first", got)
	}
}

func TestUnpack(t *testing.T) {
	src := t.TempDir()
	for name, content := range map[string]string{
		"DEBIAN/control":      "Package: sample\nVersion: 1.0\nArchitecture: all\nMaintainer: adze\nDescription: sample\n",
		"usr/bin/sample":      "#!/bin/sh\n",
		"usr/share/doc/x/y":   "prose",
		"usr/share/ca/b.crt":  "B\n\n",
		"usr/share/ca/a.crt":  "A",
		"usr/share/ca/README": "not a certificate",
	} {
		file := filepath.Join(src, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	deb := filepath.Join(t.TempDir(), "sample_1.0_all.deb")
	if out, err := exec.CommandContext(t.Context(), "dpkg-deb", "--root-owner-group", "--build", src, deb).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	tr := tree{}
	if err := (archive{}).unpack(t.Context(), tr, []string{deb}, &Debian{}); err != nil {
		t.Fatal(err)
	}
	if got := tr["var/lib/dpkg/status.d/sample"]; !strings.Contains(string(got.data), "Version: 1.0") {
		t.Errorf("the package's record is %q", got.data)
	}
	if _, ok := tr["usr/share/doc/x/y"]; ok {
		t.Error("documentation was kept")
	}
	if got := string(tr["usr/bin/sample"].data); got != "#!/bin/sh\n" {
		t.Errorf("program = %q", got)
	}
	if got := string(tr.bundle()); got != "A\nB\n" {
		t.Errorf("bundle = %q, want the certificates in order", got)
	}
	if d := (&Debian{Keep: []string{"usr/bin"}}); d.keeps("usr/binary") || !d.keeps("usr/bin/sample") {
		t.Error("keep does not go by whole path elements")
	}
}
