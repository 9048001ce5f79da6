// SPDX-License-Identifier: Apache-2.0

// Package site opens the cluster that the demo and the scenarios run on: the
// cluster itself, the platform on it, adze's images and YAML from this tree,
// and node-resolv on the nodes. What is there already is kept.
package site

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	tekton "github.com/tektoncd/pipeline/pkg/client/clientset/versioned"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/adze-ci/adze/e2e/cluster/kindcluster"
	"github.com/adze-ci/adze/e2e/loop"
	"github.com/adze-ci/adze/e2e/platform"
	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/e2e/tunnel"
)

// Open brings up what is missing and tells how to use it.
func Open(ctx context.Context, o kindcluster.Options) (*loop.Site, error) {
	cluster, err := kindcluster.Up(ctx, o)
	if err != nil {
		return nil, err
	}
	p, err := Platform(cluster, o.Progress)
	if err != nil {
		return nil, err
	}
	adze, err := p.Install(ctx)
	if err != nil {
		return nil, err
	}
	site, err := describe(cluster, p, adze)
	if err != nil {
		return nil, err
	}
	return site, progress.Do(o.Progress, "node-resolv on the nodes", func() error { return resolve(ctx, cluster, adze.Dir) })
}

// Platform is what is to be installed on a cluster, from the tree around the
// working directory; w takes lines for people.
func Platform(c *kindcluster.Cluster, w io.Writer) (*platform.Platform, error) {
	root, err := tools.Root()
	if err != nil {
		return nil, err
	}
	cache, err := tools.Cache()
	if err != nil {
		return nil, err
	}
	ca, err := platform.LoadCA(c.Dir)
	if err != nil {
		return nil, err
	}
	return &platform.Platform{
		Tree: root, Cache: filepath.Join(cache, "platform"), State: c.Dir,
		Kubeconfig: c.Kubeconfig, Kubectl: c.KubectlPath(), Registry: c.Registry,
		CA: ca, Tool: tools.Program, Progress: w,
	}, nil
}

// describe gathers how a loop reaches everything.
func describe(c *kindcluster.Cluster, p *platform.Platform, adze platform.Rendered) (*loop.Site, error) {
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading the cluster's kubeconfig: %w", err)
	}
	config.QPS, config.Burst = -1, -1 // many loops ask at once
	site := &loop.Site{
		Cluster: c, Images: adze.Images, Registry: platform.RegistryHost, Base: platform.Busybox, Database: platform.TrivyDB,
		CA: p.CA.Certificate,
	}
	if site.Harbor, err = p.Harbor(); err != nil {
		return nil, err
	}
	site.Remote = site.Harbor.Remote()
	if site.Objects, err = adze.Objects(); err != nil {
		return nil, err
	}
	if site.Forge, err = os.ReadFile(filepath.Join(adze.Dir, "e2e/forge/forge.yaml")); err != nil {
		return nil, err
	}
	return site, connect(site, config)
}

// connect makes the clients.
func connect(site *loop.Site, config *rest.Config) (err error) {
	if site.Kube, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	if site.Tekton, err = tekton.NewForConfig(config); err != nil {
		return err
	}
	site.Tunnel, err = tunnel.New(config)
	return err
}
