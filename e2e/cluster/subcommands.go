// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"

	"github.com/adze-ci/adze/e2e/cluster/engine"
	"github.com/adze-ci/adze/e2e/cluster/kindcluster"
	"github.com/adze-ci/adze/e2e/site"
	"github.com/adze-ci/adze/internal/run"
)

// up brings up the cluster alone, or with all that adze runs on.
func up(ctx context.Context, o options) error {
	if o.bare {
		_, err := kindcluster.Up(ctx, o.Options)
		return err
	}
	_, err := site.Open(ctx, o.Options)
	return err
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
	return become(c.Kubectl(o.rest...))
}

func docker(ctx context.Context, o options) error {
	e, found := engine.Find(ctx)
	if !found {
		return errors.New("no Docker daemon answers\nhint: bring a cluster up first")
	}
	return become(e.Command(o.rest...))
}

// become lets a command take this process's place, with its streams and its
// exit code.
func become(c run.Command) error {
	path, err := exec.LookPath(c.Path)
	if err != nil {
		return err
	}
	return syscall.Exec(path, append([]string{c.Path}, c.Args...), c.Env)
}
