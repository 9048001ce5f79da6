// SPDX-License-Identifier: Apache-2.0

package kindnode

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/adze-ci/adze/internal/run"
)

// program tells how one of kubeadm's images is made.
type program struct {
	from  string   // the built program, as TOOL/PROGRAM
	to    string   // its path in the image
	entry []string // the entrypoint, none where kubeadm's manifest names the command
}

// programs are kubeadm's images by the last part of their names.
var programs = map[string]program{
	"kube-apiserver":          {from: "kubernetes/kube-apiserver", to: "usr/local/bin/kube-apiserver"},
	"kube-controller-manager": {from: "kubernetes/kube-controller-manager", to: "usr/local/bin/kube-controller-manager"},
	"kube-scheduler":          {from: "kubernetes/kube-scheduler", to: "usr/local/bin/kube-scheduler"},
	"kube-proxy":              {from: "kubernetes/kube-proxy", to: "usr/local/bin/kube-proxy"},
	"etcd":                    {from: "etcd/server", to: "usr/local/bin/etcd"},
	"coredns":                 {from: "coredns/coredns", to: "coredns", entry: []string{"/coredns"}},
	"pause":                   {from: "pause/pause", to: "pause", entry: []string{"/pause"}},
}

// images makes all that are required, by name.
func (r root) images(ctx context.Context, b Builder) (map[string]v1.Image, error) {
	names, err := r.required(ctx, b)
	if err != nil {
		return nil, err
	}
	all := map[string]v1.Image{}
	for _, name := range names {
		p, ok := programs[short(name)]
		if !ok {
			return nil, fmt.Errorf("making image %s: no program is known for it", name)
		}
		if all[name], err = r.image(ctx, b, p); err != nil {
			return nil, fmt.Errorf("making image %s: %w", name, err)
		}
	}
	return all, nil
}

// short is the last part of an image's name, without tag.
func short(name string) string {
	name, _, _ = strings.Cut(path.Base(name), ":")
	return name
}

// image makes one image of a single layer, uncompressed: it is unpacked once on
// every node, and never sent anywhere.
func (r root) image(ctx context.Context, b Builder, p program) (v1.Image, error) {
	tool, name, _ := strings.Cut(p.from, "/")
	files := map[string]string{p.to: filepath.Join(b.Tools[tool], name)}
	if name == "kube-proxy" {
		if err := r.addNftables(ctx, files); err != nil {
			return nil, err
		}
	}
	layer, err := pack(files)
	if err != nil {
		return nil, err
	}
	img, err := mutate.AppendLayers(empty.Image, static.NewLayer(layer, types.OCIUncompressedLayer))
	if err != nil {
		return nil, err
	}
	img, err = mutate.ConfigFile(img, configFor(img, p))
	if err != nil {
		return nil, err
	}
	return mutate.ConfigMediaType(mutate.MediaType(img, types.OCIManifestSchema1), types.OCIConfigJSON), nil
}

func configFor(img v1.Image, p program) *v1.ConfigFile {
	config, err := img.ConfigFile()
	if err != nil {
		config = &v1.ConfigFile{}
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", "amd64"
	config.Config = v1.Config{Entrypoint: p.entry, Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}}
	return config
}

// addNftables adds the root's nft, which kube-proxy runs, and what it is linked to.
func (r root) addNftables(ctx context.Context, files map[string]string) error {
	out, err := run.Command{Path: "chroot", Args: []string{r.dir, "ldd", "/usr/sbin/nft"}}.Output(ctx)
	if err != nil {
		return fmt.Errorf("listing the libraries of nft: %w", err)
	}
	needed := []string{"/usr/sbin/nft"}
	for word := range strings.FieldsSeq(string(out)) {
		if strings.HasPrefix(word, "/") {
			needed = append(needed, word)
		}
	}
	for _, file := range needed {
		real, err := run.Command{Path: "chroot", Args: []string{r.dir, "realpath", file}}.Output(ctx)
		if err != nil {
			return fmt.Errorf("resolving %s: %w", file, err)
		}
		files[strings.TrimPrefix(file, "/")] = r.path(strings.TrimSpace(string(real)))
	}
	return nil
}

// pack makes a layer of programs, by their path in the image.
func pack(files map[string]string) ([]byte, error) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, dir := range []string{"tmp/", "run/", "var/", "var/tmp/"} {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o1777}); err != nil {
			return nil, err
		}
	}
	for to, from := range files {
		text, err := os.ReadFile(from)
		if err != nil {
			return nil, err
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: to, Mode: 0o755, Size: int64(len(text))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(text); err != nil {
			return nil, err
		}
	}
	return buf.Bytes(), w.Close()
}
