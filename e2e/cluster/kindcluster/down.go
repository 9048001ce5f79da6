// SPDX-License-Identifier: Apache-2.0

package kindcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/adze-ci/adze/e2e/cluster/engine"
	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/internal/run"
)

// Down removes clusters by name, all that this package made when none is given.
// With the last one go registry, network, and the daemon if adze started it.
// The images in its data folder stay, as a cache. A cluster of the user's is
// left as it is.
func Down(ctx context.Context, w io.Writer, which ...string) error {
	if isExisting() {
		fmt.Fprintln(w, "ADZE_CLUSTER=existing: that cluster is left as it is") //nolint:errcheck // progress is not worth failing for
		return nil
	}
	unlock, err := engine.Lock(ctx, w)
	if err != nil {
		return err
	}
	defer unlock()
	e, found, err := engine.Resume(ctx, w)
	if err != nil {
		return err
	}
	if !found {
		return engine.Stop(ctx, w)
	}
	if len(which) == 0 {
		if which, err = names(ctx, e); err != nil {
			return err
		}
	}
	for _, name := range which {
		if err := removeByName(ctx, w, e, name); err != nil {
			return err
		}
	}
	return errors.Join(removeShared(ctx, e), engine.Stop(ctx, w))
}

// removeShared removes registry and network, unless anybody is on the network.
func removeShared(ctx context.Context, e engine.Engine) error {
	out, err := e.Docker(ctx, "ps", "--all", "--filter", "network="+network, "--format", "{{.Names}}")
	if err != nil {
		return fmt.Errorf("listing who is on the network %s: %w", network, err)
	}
	if slices.ContainsFunc(strings.Fields(out), func(name string) bool { return name != registryName }) {
		return nil
	}
	return errors.Join(removeRegistry(ctx, e), removeNetwork(ctx, e))
}

// removeByName removes a cluster, also one that was half made. Where it has no
// nodes, nothing but its folder can be left, and the tools that delete nodes are
// not made for that: it would take half an hour on a machine that has none.
func removeByName(ctx context.Context, w io.Writer, e engine.Engine, name string) error {
	nodes, err := nodesOf(ctx, e, name)
	if err != nil {
		return err
	}
	if len(nodes) == 0 {
		dir, err := stateDir(ctx, e, name)
		if err != nil {
			return err
		}
		return removeDir(dir, name)
	}
	c, err := describe(ctx, e, name)
	if err != nil {
		return err
	}
	return progress.Do(w, "removing cluster "+name, func() error { return c.remove(ctx) })
}

// remove deletes the nodes and the folder of the cluster, as far as they exist.
func (c *Cluster) remove(ctx context.Context) error {
	if err := c.deleteNodes(ctx); err != nil {
		return err
	}
	return removeDir(c.Dir, c.Name)
}

// removeDir removes the folder of a cluster whose nodes are gone.
func removeDir(dir, name string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("removing the folder of cluster %s: %w", name, err)
	}
	return nil
}

func (c *Cluster) deleteNodes(ctx context.Context) error {
	err := run.Command{Path: c.kind, Args: []string{"delete", "cluster", "--name", c.Name, "--kubeconfig", c.Kubeconfig}, Env: c.Env()}.Run(ctx)
	if err != nil {
		return fmt.Errorf("deleting the nodes of cluster %s: %w", c.Name, err)
	}
	return nil
}
