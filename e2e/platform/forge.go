// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Forge is where the GitHub stand-in is reached from Pods: its Git transport at
// the root, its REST API below /api/v3.
const Forge = "http://forge." + forgeNamespace + ".svc.cluster.local"

const forgeNamespace = "forge"

// installForge runs the GitHub stand-in that was built from the tree.
func (p *Platform) installForge(ctx context.Context, r Rendered) error {
	text, err := os.ReadFile(filepath.Join(r.Dir, "e2e/forge/forge.yaml")) // #nosec G304 -- a file just rendered
	if err != nil {
		return fmt.Errorf("reading the forge's objects: %w", err)
	}
	all, err := objects(text)
	if err != nil {
		return err
	}
	for _, o := range all {
		o.at("metadata")["namespace"] = forgeNamespace
	}
	namespace := object{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{
		"name": forgeNamespace, "labels": map[string]any{"app.kubernetes.io/part-of": "adze"},
	}}
	if err := p.apply(ctx, append(all, namespace)); err != nil {
		return err
	}
	return p.rolledOut(ctx, all)
}
