// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/adze-ci/adze/e2e/cluster/kindcluster"
)

// resolve installs node-resolv and waits until it has the nodes resolve
// in-cluster names.
func resolve(ctx context.Context, c *kindcluster.Cluster, rendered string) error {
	file := filepath.Join(rendered, "tasks/node-resolv/daemonset.yaml")
	for _, args := range [][]string{
		{"apply", "--server-side", "--force-conflicts", "-f", file},
		{"rollout", "status", "--timeout=3m", "--namespace=adze-system", "daemonset/node-resolv"},
	} {
		if err := c.Kubectl(args...).Run(ctx); err != nil {
			return fmt.Errorf("installing node-resolv: %w", err)
		}
	}
	return nil
}
