// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/adze-ci/adze/e2e/cluster/engine"
	"github.com/adze-ci/adze/e2e/cluster/kindcluster"
	"github.com/adze-ci/adze/e2e/platform"
	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/internal/run"
)

func up(ctx context.Context, o options) error {
	c, err := kindcluster.Up(ctx, o.Options)
	if err != nil {
		return err
	}
	if o.bare {
		return nil
	}
	return install(ctx, c, o)
}

// install puts the platform on the cluster.
func install(ctx context.Context, c *kindcluster.Cluster, o options) error {
	root, err := tools.Root()
	if err != nil {
		return err
	}
	cache, err := tools.Cache()
	if err != nil {
		return err
	}
	ca, err := platform.LoadCA(c.Dir)
	if err != nil {
		return err
	}
	p := &platform.Platform{
		Tree: root, Cache: filepath.Join(cache, "platform"), State: c.Dir,
		Kubeconfig: c.Kubeconfig, Kubectl: c.KubectlPath(), Registry: c.Registry,
		CA: ca, Tool: tools.Program, Progress: o.Progress,
	}
	return p.Install(ctx)
}

func down(ctx context.Context, o options) error {
	if o.all {
		return kindcluster.Down(ctx, o.Progress)
	}
	return kindcluster.Down(ctx, o.Progress, o.Name)
}

func status(ctx context.Context, _ options) error {
	all, err := kindcluster.List(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Println("no clusters")
	}
	for _, s := range all {
		fmt.Printf("%s\t%s\t%s\n", s.Name, s.State, s.Kubeconfig)
	}
	return nil
}

func kubeconfig(ctx context.Context, o options) error {
	c, err := kindcluster.Open(ctx, o.Name)
	if err != nil {
		return err
	}
	fmt.Println(c.Kubeconfig)
	return nil
}

func kubectl(ctx context.Context, o options) error {
	c, err := kindcluster.Open(ctx, o.Name)
	if err != nil {
		return err
	}
	return attach(ctx, c.Kubectl(o.rest...))
}

func docker(ctx context.Context, o options) error {
	e, found := engine.Find(ctx)
	if !found {
		return fmt.Errorf("no Docker daemon answers\nhint: %s", "bring a cluster up first")
	}
	return attach(ctx, e.Command(o.rest...))
}

// attach runs a command on this process's own streams.
func attach(ctx context.Context, c run.Command) error {
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	return c.Run(ctx)
}
