// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/e2e/cluster/kindcluster"
	"github.com/adze-ci/adze/e2e/loop"
	"github.com/adze-ci/adze/e2e/platform"
)

// With kubeadm's CoreDNS and a kubelet that gives the node's own file to pods,
// CoreDNS would forward to itself: node-resolv refuses, and says what to do.
func TestNodeResolvRefuses(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	const name = "adze-refuses"
	c, err := kindcluster.Up(ctx, kindcluster.Options{Name: name, DefaultResolvConf: true, Progress: os.Stderr})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := kindcluster.Down(ctx, os.Stderr, name); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	n := onlyNode(ctx, t, c)
	before := n.file("/etc/resolv.conf")
	n.daemonSet("apply", "--server-side")
	n.await("the Event of the refusal", func() bool {
		events := n.kubectl("get", "events", "-n", "default", "--field-selector", "reason=NodeResolvRefused", "-o", "jsonpath={.items[*].message}")
		return strings.Contains(events, "CoreDNS would forward to itself") && strings.Contains(events, "resolvConf")
	})
	// The refusal is told before the kubelet has told that the pod runs.
	n.await("the pod to run and not to be ready", func() bool {
		pod := n.kubectl("get", "pods", "-n", "adze-system", "-o",
			`jsonpath={.items[0].status.phase} {.items[0].status.conditions[?(@.type=="Ready")].status}`)
		return pod == "Running False"
	})
	if log := n.kubectl("logs", "-n", "adze-system", "daemonset/node-resolv"); !strings.Contains(log, "hint: ") {
		t.Errorf("the log tells no way out:\n%s", log)
	}
	if after := n.file("/etc/resolv.conf"); after != before {
		t.Errorf("the node's file was\n%s\nand is\n%s", before, after)
	}
}

// Taken off, node-resolv leaves the node's file byte for byte as it was, and
// the node no longer knows in-cluster names; installed again, the node pulls by
// such a name. All scenarios' pods come by that name, so this one runs alone.
func TestNodeResolvRemovedAndInstalled(t *testing.T) {
	w := newWorldAlone(t, loop.Options{})
	n := onlyNode(w.ctx, t, w.Cluster)
	t.Cleanup(n.install)
	n.daemonSet("delete", "--wait")
	n.await("the lines to be taken out", func() bool { return n.file("/etc/resolv.conf") == n.file("/etc/adze/resolv.conf") })
	n.await("the name to be unknown", func() bool { return !n.resolves(platform.RegistryHost) })

	n.install()
	n.await("the name to be known", func() bool { return n.resolves(platform.RegistryHost) })
	w.must(w.Deploy(w.ctx))
	pulled, err := w.WaitPod(w.ctx, "web", w.First)
	w.must(err)
	pushed, err := w.Digest(w.ctx, "web", w.First)
	w.must(err)
	if pulled != pushed {
		t.Errorf("the node pulled %q, the registry has %q", pulled, pushed)
	}
}

// node is the only node of a cluster.
type node struct {
	t       *testing.T
	ctx     context.Context
	cluster *kindcluster.Cluster
	name    string
}

func onlyNode(ctx context.Context, t *testing.T, c *kindcluster.Cluster) *node {
	t.Helper()
	n := &node{t: t, ctx: ctx, cluster: c}
	n.name = n.kubectl("get", "nodes", "-o", "jsonpath={.items[*].metadata.name}")
	return n
}

// install installs node-resolv and waits until the nodes are ready.
func (n *node) install() {
	n.t.Helper()
	n.ctx = context.WithoutCancel(n.ctx) // the others need it, whatever became of this test
	n.daemonSet("apply", "--server-side", "--force-conflicts")
	n.kubectl("rollout", "status", "--timeout=3m", "-n", "adze-system", "daemonset/node-resolv")
}

// daemonSet applies or deletes node-resolv.
func (n *node) daemonSet(args ...string) {
	n.t.Helper()
	cmd := n.cluster.Kubectl(append(args, "-f", "-")...)
	cmd.Stdin = bytes.NewReader(daemonSet)
	if err := cmd.Run(n.ctx); err != nil {
		n.t.Fatal(err)
	}
}

func (n *node) kubectl(args ...string) string {
	n.t.Helper()
	out, err := n.cluster.Kubectl(args...).Output(n.ctx)
	if err != nil {
		n.t.Fatal(err)
	}
	return string(out)
}

// file is the text of a file of the node.
func (n *node) file(path string) string {
	n.t.Helper()
	out, err := n.cluster.Node(n.name, "cat", path).Output(n.ctx)
	if err != nil {
		n.t.Fatal(err)
	}
	return string(out)
}

// resolves tells whether the node itself knows a name.
func (n *node) resolves(name string) bool {
	return n.cluster.Node(n.name, "getent", "ahostsv4", name).Run(n.ctx) == nil
}

// await waits until something is so.
func (n *node) await(what string, is func() bool) {
	n.t.Helper()
	deadline := time.Now().Add(patience / 2)
	for !is() {
		if time.Now().After(deadline) {
			n.t.Fatalf("waiting for %s: in vain", what)
		}
		time.Sleep(300 * time.Millisecond)
	}
}
