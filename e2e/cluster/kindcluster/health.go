// SPDX-License-Identifier: Apache-2.0

package kindcluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// await waits until the nodes and the cluster's DNS are ready.
func (c *Cluster) await(ctx context.Context) error {
	const limit = "--timeout=120s"
	if _, err := c.Kubectl("wait", "--for=condition=Ready", "nodes", "--all", limit).Output(ctx); err != nil {
		return fmt.Errorf("waiting for the nodes: %w", err)
	}
	if _, err := c.Kubectl("--namespace", "kube-system", "rollout", "status", "deployment/coredns", limit).Output(ctx); err != nil {
		return fmt.Errorf("waiting for the cluster's DNS: %w", err)
	}
	return nil
}

// healthy tells why the cluster cannot be used, nil when it can.
func (c *Cluster) healthy(ctx context.Context) error {
	nodes, err := nodesOf(ctx, c.engine, c.Name)
	if err != nil {
		return err
	}
	if len(nodes) == 0 {
		return errors.New("there is no such cluster")
	}
	if _, err := fs.Stat(os.DirFS(c.Dir), "ready"); err != nil {
		return errors.New("it was never complete")
	}
	if _, err := c.Kubectl("get", "--raw", "/readyz", "--request-timeout=10s").Output(ctx); err != nil {
		return fmt.Errorf("asking its API server: %w", err)
	}
	return nil
}

// revival is how long a cluster may take to answer again after its daemon or
// its machine was started anew.
const revival = 60 * time.Second

// revive brings a cluster that is there back into use: its registry, its nodes,
// its network. The error tells why it is beyond that.
func (c *Cluster) revive(ctx context.Context) error {
	if _, err := fs.Stat(os.DirFS(c.Dir), "ready"); err != nil {
		return errors.New("it was never complete")
	}
	registry, err := ensureRegistry(ctx, c.engine)
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(filepath.Join(c.Dir, "ca.crt"))
	if err != nil {
		return err
	}
	if err := writeCerts(c.Dir, registry, ca); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, revival)
	defer cancel()
	if err := c.restart(ctx); err != nil {
		return err
	}
	for {
		err := c.healthy(ctx)
		if err == nil {
			break
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Second):
		}
	}
	if err := c.connect(ctx); err != nil {
		return err
	}
	return c.await(ctx)
}

// restart starts nodes that are stopped.
func (c *Cluster) restart(ctx context.Context) error {
	nodes, err := c.Nodes(ctx)
	if err != nil {
		return err
	}
	_, err = c.engine.Docker(ctx, append([]string{"start"}, nodes...)...) // does nothing to one that runs
	return err
}
