// SPDX-License-Identifier: Apache-2.0

package kindcluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/adze-ci/adze/e2e/cluster/engine"
	"github.com/adze-ci/adze/e2e/tools"
)

// clusterLabel is what kind puts on the nodes of a cluster.
const clusterLabel = "io.x-k8s.kind.cluster"

// nodesOf lists the nodes' containers of a cluster, running or not.
func nodesOf(ctx context.Context, e engine.Engine, name string) ([]string, error) {
	out, err := e.Docker(ctx, "ps", "--all", "--filter", "label="+clusterLabel+"="+name, "--format", "{{.Names}}")
	if err != nil {
		return nil, fmt.Errorf("listing the nodes of cluster %s: %w", name, err)
	}
	nodes := strings.Fields(out)
	slices.Sort(nodes)
	return nodes, nil
}

// Names lists the clusters that this package made on the daemon, complete or
// not. Other kind clusters have no node with its mounts.
func names(ctx context.Context, e engine.Engine) ([]string, error) {
	out, err := e.Docker(ctx, "ps", "--all", "--filter", "label="+clusterLabel, "--filter", "volume="+resolvConf,
		"--format", `{{.Label "`+clusterLabel+`"}}`)
	if err != nil {
		return nil, fmt.Errorf("listing clusters: %w", err)
	}
	all := strings.Fields(out)
	slices.Sort(all)
	return slices.Compact(all), nil
}

// stateDir is the folder of a cluster: the one that its nodes mount, or where a
// new cluster gets it.
func stateDir(ctx context.Context, e engine.Engine, name string) (string, error) {
	cache, err := tools.Cache()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "clusters", name)
	nodes, err := nodesOf(ctx, e, name)
	if err != nil || len(nodes) == 0 {
		return dir, err
	}
	mounted, err := e.Docker(ctx, "inspect", "--format",
		`{{range .Mounts}}{{if eq .Destination "`+resolvConf+`"}}{{.Source}}{{end}}{{end}}`, nodes[0])
	if err != nil || mounted == "" { // a node that Docker is still making can be listed but not inspected
		return dir, ctx.Err()
	}
	return filepath.Dir(mounted), nil
}

// replace writes a file whole or not at all.
func replace(path string, text []byte) error {
	fresh := path + ".new"
	if err := os.WriteFile(fresh, text, 0o644); err != nil { //nolint:gosec // what is secret here is written elsewhere
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return os.Rename(fresh, path)
}
