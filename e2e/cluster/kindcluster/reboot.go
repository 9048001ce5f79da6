// SPDX-License-Identifier: Apache-2.0

package kindcluster

import (
	"context"
	"fmt"
)

// PowerCut ends all that runs on a node at once, as when its power fails, and
// starts it again. Its pods are back on the network after [Cluster.Rejoin].
func (c *Cluster) PowerCut(ctx context.Context, node string) error {
	for _, verb := range []string{"kill", "start"} {
		if _, err := c.engine.Docker(ctx, verb, node); err != nil {
			return fmt.Errorf("cutting the power of node %s: %w", node, err)
		}
	}
	return nil
}

// Rejoin gives nodes that were started again their routes, and waits until they
// and the cluster's DNS are ready.
func (c *Cluster) Rejoin(ctx context.Context) error {
	if err := c.connect(ctx); err != nil {
		return err
	}
	return c.await(ctx)
}
