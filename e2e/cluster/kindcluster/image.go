// SPDX-License-Identifier: Apache-2.0

package kindcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/adze-ci/adze/e2e/cluster/engine"
	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/e2e/tools"
	kindnode "github.com/adze-ci/adze/images/kind-node"
	"github.com/adze-ci/adze/internal/run"
)

// kubernetesVersion is what e2e/tools/kubernetes pins.
const kubernetesVersion = "v1.35.4"

// nodeImage chooses the nodes' image: the one that was asked for, one made here
// before, kind's own where a registry is in reach, or else one made now.
func nodeImage(ctx context.Context, e engine.Engine, o Options) (string, error) {
	if o.NodeImage != "" {
		return o.NodeImage, nil
	}
	b, err := nodeBuilder(ctx, e, o.Progress)
	if err != nil {
		return "", err
	}
	if _, err := e.Docker(ctx, "image", "inspect", b.Image()); err == nil {
		return b.Image(), nil
	}
	public, err := publicImage(b.Kind)
	if err != nil {
		return "", err
	}
	if inReach(ctx, e, public) {
		return public, nil
	}
	if os.Geteuid() != 0 {
		return "", errors.New("choosing the node image: no container registry is in reach, and only root can make one\nhint: run this as root on Debian, or name an image that Docker has in ADZE_NODE_IMAGE")
	}
	if _, err := engine.Ensure(ctx, o.Progress, "mmdebstrap"); err != nil {
		return "", err
	}
	return b.Build(ctx)
}

func nodeBuilder(ctx context.Context, e engine.Engine, w io.Writer) (kindnode.Builder, error) {
	b := kindnode.Builder{
		Version: kubernetesVersion,
		Docker:  func(args ...string) run.Command { return e.Command(args...) },
		Step:    func(name string, work func() error) error { return progress.Do(w, name, work) },
	}
	var err error
	if b.Kind, err = tools.ModuleDir(ctx, "kind", "sigs.k8s.io/kind"); err != nil {
		return b, err
	}
	b.Tools, err = buildAll(ctx, "kubernetes", "etcd", "coredns", "pause")
	return b, err
}

// buildAll builds tools side by side: while one is linked, on a single core,
// another is compiled.
func buildAll(ctx context.Context, names ...string) (map[string]string, error) {
	dirs := make([]string, len(names))
	group, ctx := errgroup.WithContext(ctx)
	for i, name := range names {
		group.Go(func() (err error) {
			dirs[i], err = tools.Build(ctx, name)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	built := map[string]string{}
	for i, name := range names {
		built[name] = dirs[i]
	}
	return built, nil
}

var defaultImage = regexp.MustCompile(`const Image = "([^"]+)"`)

// publicImage is the node image that this version of kind starts by default.
func publicImage(kind string) (string, error) {
	file := filepath.Join(kind, "pkg", "apis", "config", "defaults", "image.go")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading kind's default node image: %w", err)
	}
	m := defaultImage.FindSubmatch(text)
	if m == nil {
		return "", fmt.Errorf("reading kind's default node image: %s names none", file)
	}
	return string(m[1]), nil
}

// inReach reports whether the image is in Docker, or a registry tells of it
// within seconds.
func inReach(ctx context.Context, e engine.Engine, image string) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, err := e.Docker(ctx, "image", "inspect", image); err == nil {
		return true
	}
	_, err := e.Docker(ctx, "manifest", "inspect", image)
	return err == nil
}
