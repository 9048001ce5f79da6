// SPDX-License-Identifier: Apache-2.0

package kindcluster

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/adze-ci/adze/e2e/cluster/engine"
)

// network is the name of kind's network; madeLabel is on what this package made.
const (
	network   = "kind"
	madeLabel = "dev.adze.made"
)

// subnets are tried in turn for the network. A subnet of its own choosing makes
// the host's address known before there is a node.
var subnets = []string{"172.30", "172.29", "10.89"}

// ensureNetwork makes kind's network unless it is there.
func ensureNetwork(ctx context.Context, e engine.Engine) error {
	if gateway(ctx, e) != "" {
		return nil
	}
	var errs []error
	for _, s := range subnets {
		_, err := e.Docker(ctx, "network", "create", "--driver", "bridge",
			"--subnet", s+".0.0/16", "--gateway", s+".0.1", "--label", madeLabel+"=true",
			"--opt", "com.docker.network.driver.mtu=1500", network)
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return fmt.Errorf("making the network %s: %w", network, errors.Join(errs...))
}

// gateway is the host's address on kind's network, empty where there is none.
func gateway(ctx context.Context, e engine.Engine) string {
	out, err := e.Docker(ctx, "network", "inspect", "--format", "{{range .IPAM.Config}}{{.Gateway}} {{end}}", network)
	if err != nil {
		return ""
	}
	for _, address := range strings.Fields(out) {
		if strings.Contains(address, ".") {
			return address
		}
	}
	return ""
}

// removeNetwork removes the network if this package made it.
func removeNetwork(ctx context.Context, e engine.Engine) error {
	out, err := e.Docker(ctx, "network", "ls", "--quiet", "--filter", "name=^"+network+"$", "--filter", "label="+madeLabel)
	if err != nil || out == "" {
		return err
	}
	if _, err := e.Docker(ctx, "network", "rm", network); err != nil {
		return fmt.Errorf("removing the network %s: %w", network, err)
	}
	return nil
}
