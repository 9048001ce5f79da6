// SPDX-License-Identifier: Apache-2.0

package kindnode

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"

	"github.com/adze-ci/adze/internal/run"
)

// importing starts containerd in the root just long enough to take the images
// into its content store. They are not unpacked: that would be done twice, as
// kind keeps /var on a volume.
const importing = `
mount -t tmpfs tmpfs /run
printf 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' >/run/config.toml
containerd --config /run/config.toml >/run/log 2>&1 &
for i in $(seq 100); do ctr version >/dev/null 2>&1 && break; sleep 0.1; done
ctr --namespace k8s.io images import --no-unpack /images.tar || { cat /run/log; exit 1; }
kill $!
wait $! || true
`

// preload puts the images that kubeadm starts into the root's containerd.
func (r root) preload(ctx context.Context, b Builder, scratch string) error {
	all, err := r.images(ctx, b)
	if err != nil {
		return err
	}
	dir := filepath.Join(scratch, "images")
	if err := writeLayout(dir, all); err != nil {
		return err
	}
	archive := r.path("/images.tar")
	if err := (run.Command{Path: "tar", Args: []string{"--create", "--file", archive, "--directory", dir, "."}}).Run(ctx); err != nil {
		return err
	}
	if err := r.shell(ctx, importing); err != nil {
		return err
	}
	return os.Remove(archive)
}

// writeLayout writes images to an OCI layout in which containerd finds their names.
func writeLayout(dir string, images map[string]v1.Image) error {
	p, err := layout.Write(dir, empty.Index)
	if err != nil {
		return fmt.Errorf("writing the images: %w", err)
	}
	for name, image := range images {
		if err := p.AppendImage(image, layout.WithAnnotations(map[string]string{"io.containerd.image.name": name})); err != nil {
			return fmt.Errorf("writing image %s: %w", name, err)
		}
	}
	return nil
}

// required asks kubeadm which images it starts, and adds the pause image that
// kind's containerd names.
func (r root) required(ctx context.Context, b Builder) ([]string, error) {
	out, err := run.Command{
		Path: filepath.Join(b.Tools["kubernetes"], "kubeadm"),
		Args: []string{"config", "images", "list", "--kubernetes-version", b.Version},
	}.Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking kubeadm for its images: %w", err)
	}
	names := strings.Fields(string(out))
	config, err := os.ReadFile(r.path("/etc/containerd/config.toml"))
	if err != nil {
		return nil, fmt.Errorf("reading containerd's config: %w", err)
	}
	for line := range strings.Lines(string(config)) {
		if key, value, ok := strings.Cut(line, "="); ok && strings.TrimSpace(key) == "sandbox_image" {
			names = append(names, strings.Trim(strings.TrimSpace(value), `"`))
		}
	}
	return names, nil
}
