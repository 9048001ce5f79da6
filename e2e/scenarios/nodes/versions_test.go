// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/adze-ci/adze/internal/run"
)

// program is node-resolv's in this module, and in its image.
const (
	program  = "github.com/adze-ci/adze/cmd/node-resolv"
	inImage  = "ko-app/node-resolv"
	upcoming = "0.2.0-upcoming" // what the next version calls itself on its pods
)

// nextVersion makes of an image that of another build, pushes it beside it, and
// gives its reference.
func nextVersion(ctx context.Context, tree, image string) (string, error) {
	work, err := os.MkdirTemp("", "adze-next-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work) //nolint:errcheck // a temporary folder
	file := filepath.Join(work, "node-resolv")
	build := run.Command{
		Path: "go", Args: []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=" + upcoming, "-o", file, program},
		Dir: tree, Env: append(os.Environ(), "CGO_ENABLED=0"),
	}
	if err := build.Run(ctx); err != nil {
		return "", err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	ref, err := name.NewDigest(image)
	if err != nil {
		return "", err
	}
	old, err := remote.Image(ref, remote.WithContext(ctx))
	if err != nil {
		return "", err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return archive(inImage, text) })
	if err != nil {
		return "", err
	}
	next, err := mutate.AppendLayers(old, layer)
	if err != nil {
		return "", err
	}
	digest, err := next.Digest()
	if err != nil {
		return "", err
	}
	to := ref.Context().Digest(digest.String())
	return to.String(), remote.Write(to, next, remote.WithContext(ctx))
}

// archive is a tar archive of one program.
func archive(path string, text []byte) (io.ReadCloser, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: path, Mode: 0o755, Size: int64(len(text))}); err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	return io.NopCloser(&b), w.Close()
}

// upgraded: while one version takes the place of another, names of the node's own
// nameserver are known all the time.
func (w *world) upgraded() {
	ended := w.sampling()
	old := w.podField("status.containerStatuses[0].imageID")
	w.image = w.next
	w.install("--mode=resolv-conf")
	ended()
	for image := range strings.FieldsSeq(w.podField("status.containerStatuses[0].imageID")) {
		if strings.Contains(old, image) {
			w.t.Errorf("it still runs %s", image)
		}
	}
	for _, node := range w.both() {
		w.wantResolved(node)
	}
}

// sampling asks on every node, again and again, for a name that the node's own
// nameserver knows. What it returns ends that, and asserts that it was known each
// time.
func (w *world) sampling() (ended func()) {
	for _, node := range w.both() {
		w.sh(node, `touch /run/sampling
nohup sh -c 'while [ -e /run/sampling ]; do getent ahostsv4 `+outside+` >/dev/null || echo lost; echo asked; sleep 0.05; done' >/run/sampled 2>&1 &`)
	}
	return func() {
		w.t.Helper()
		for _, node := range w.both() {
			w.sh(node, "rm /run/sampling")
			if text := w.file(node, "/run/sampled"); strings.Contains(text, "lost") || !strings.Contains(text, "asked") {
				w.t.Errorf("%s did not resolve %s all the time:\n%s", node, outside, text)
			}
		}
	}
}

// podField is a field of node-resolv's pods.
func (w *world) podField(path string) string {
	w.t.Helper()
	return w.kubectl("get", "pods", "-n", "adze-system", "-o", "jsonpath={.items[*]."+path+"}")
}
