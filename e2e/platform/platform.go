// SPDX-License-Identifier: Apache-2.0

// Package platform installs on a cluster what adze's scenarios run on: Tekton
// Pipelines and Triggers from their pinned modules, the stand-in for Harbor with a
// real registry behind it, a vulnerability database in that, and adze's own images
// built from this tree.
//
// No container registry but the cluster's own is needed: the base images come
// from [github.com/adze-ci/adze/images]. Each stage is told with its duration,
// and does nothing where what it would make is there already.
//
// Pipelines' remote resolvers are left out: no Task of adze is fetched from
// elsewhere, and Pipelines works without them.
package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/images"
	"golang.org/x/sync/errgroup"
)

// Platform is one cluster and where things are kept for it.
type Platform struct {
	// Tree is adze's source tree, its top folder.
	Tree string
	// Cache is the folder for what can be made again, shared by all clusters.
	Cache string
	// State is the cluster's own folder: secrets, rendered YAML.
	State string
	// Kubeconfig names the cluster; Kubectl is the program that talks to it.
	Kubeconfig, Kubectl string
	// Registry is the one that ko pushes to, under the name by which the nodes
	// pull from it: host[:port][/path].
	Registry string
	// CA signs the certificate of Harbor inside of the cluster.
	CA CA
	// Tool builds a program of a folder of e2e/tools and returns its path.
	Tool func(ctx context.Context, folder, program string) (string, error)
	// Progress is where lines for people go.
	Progress io.Writer
}

// Install brings everything onto the cluster and returns adze's own images and
// YAML; a second time it takes seconds.
func (p *Platform) Install(ctx context.Context) (Rendered, error) {
	for _, dir := range []string{p.State, p.Cache} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return Rendered{}, fmt.Errorf("installing the platform: %w", err)
		}
	}
	if err := p.ready(); err != nil {
		return Rendered{}, fmt.Errorf("installing the platform: %w", err)
	}
	adze, err := p.install(ctx)
	if err != nil {
		return Rendered{}, fmt.Errorf("installing the platform: %w", err)
	}
	return adze, nil
}

func (p *Platform) ready() error {
	for what, value := range map[string]string{
		"Tree": p.Tree, "Cache": p.Cache, "State": p.State, "Kubectl": p.Kubectl, "Registry": p.Registry,
	} {
		if value == "" {
			return fmt.Errorf("%s is not set", what)
		}
	}
	if p.Tool == nil || p.Progress == nil {
		return errors.New("neither Tool nor Progress may be nil")
	}
	return nil
}

// install runs the stages; those that do not wait for each other run side by
// side, as one compiles while another waits for pods.
func (p *Platform) install(ctx context.Context) (Rendered, error) {
	if err := p.stage(ctx, "base images static and busybox", func(ctx context.Context) error {
		_, err := p.Bases(ctx, "static", "busybox")
		return err
	}); err != nil {
		return Rendered{}, err
	}
	var adze Rendered
	group, all := errgroup.WithContext(ctx)
	group.Go(func() error { return p.tekton(all) })
	group.Go(func() error { return p.harbor(all) })
	group.Go(func() (err error) {
		adze, err = p.Adze(all)
		return err
	})
	err := group.Wait()
	return adze, err
}

// stage runs one part of the installation and tells how it goes.
func (p *Platform) stage(ctx context.Context, what string, do func(context.Context) error) error {
	err := progress.Do(p.Progress, what, func() error { return do(ctx) })
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// builder assembles base images in the shared cache.
func (p *Platform) builder() (images.Builder, error) {
	dir := filepath.Join(p.Cache, "images")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return images.Builder{}, fmt.Errorf("making the image cache: %w", err)
	}
	return images.Builder{Cache: dir, Tool: p.Tool}, nil
}
