// SPDX-License-Identifier: Apache-2.0

package kindcluster

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// podSubnet is where pods get their addresses, firstPodCIDR the part of it that
// the controller manager gives to the first node.
const (
	podSubnet    = "10.244.0.0/16"
	firstPodCIDR = "10.244.0.0/24"
)

// cniDir is the folder of the i-th node's CNI config.
func cniDir(dir string, i int) string { return filepath.Join(dir, "cni", strconv.Itoa(i)) }

// writeCNI writes a node's pod network: a veth per pod, routed by the node, so
// that every packet passes the rules of kube-proxy.
func writeCNI(dir, podCIDR string) error {
	type object = map[string]any
	text, err := json.MarshalIndent(object{
		"cniVersion": "0.4.0", "name": "adze", "plugins": []object{
			{
				"type": "ptp", "ipMasq": true, "mtu": 1500,
				"ipam": object{
					"type": "host-local", "dataDir": "/run/cni-ipam-state",
					"routes": []object{{"dst": "0.0.0.0/0"}},
					"ranges": [][]object{{{"subnet": podCIDR}}},
				},
			},
			{"type": "portmap", "capabilities": object{"portMappings": true}},
		},
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the pod network: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // the node's programs read it
		return fmt.Errorf("writing the pod network: %w", err)
	}
	return replace(filepath.Join(dir, "10-adze.conflist"), text)
}

// nodeNet is what the pod network needs to know of a node.
type nodeNet struct{ name, address, podCIDR string }

// connect gives every node its pod network, and routes to the others'.
func (c *Cluster) connect(ctx context.Context) error {
	nets, err := c.nets(ctx)
	if err != nil {
		return err
	}
	for i, name := range nodeNames(c.Name, len(nets)) {
		for _, n := range nets {
			if n.name == name {
				err = writeCNI(cniDir(c.Dir, i), n.podCIDR)
			} else {
				_, err = c.Node(name, "ip", "route", "replace", n.podCIDR, "via", n.address).Output(ctx)
			}
			if err != nil {
				return fmt.Errorf("connecting node %s: %w", name, err)
			}
		}
	}
	return nil
}

// nets asks for the nodes' networks, again until the controller manager has
// given one to each.
func (c *Cluster) nets(ctx context.Context) ([]nodeNet, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		out, err := c.Kubectl("get", "nodes", "-o",
			`jsonpath={range .items[*]}{.metadata.name} {.status.addresses[?(@.type=="InternalIP")].address} {.spec.podCIDR}{"\n"}{end}`).Output(ctx)
		if err != nil {
			return nil, fmt.Errorf("asking for the nodes' pod networks: %w", err)
		}
		nets, err := parseNets(string(out))
		if err == nil {
			return nets, nil
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func parseNets(text string) ([]nodeNet, error) {
	var nets []nodeNet
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) != 3 {
			return nil, fmt.Errorf("reading the nodes' pod networks: %q has not name, address and network", line)
		}
		nets = append(nets, nodeNet{words[0], words[1], words[2]})
	}
	return nets, nil
}

// nodeNames are the names that kind gives to the nodes, in the order of its config.
func nodeNames(cluster string, n int) []string {
	names := []string{cluster + "-control-plane"}
	for i := 1; i < n; i++ {
		name := cluster + "-worker"
		if i > 1 {
			name += strconv.Itoa(i)
		}
		names = append(names, name)
	}
	return names
}
