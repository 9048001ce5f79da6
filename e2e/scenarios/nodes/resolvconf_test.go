// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import (
	"strings"
	"testing"
)

// outside is a name that the nodes' own nameserver knows, and no cluster DNS but
// by asking it.
const outside = "adze-registry"

const resolvConf = "/etc/resolv.conf"

// One life of mode resolv-conf, from the nodes as kubeadm makes them to the
// nodes without it. Each part goes on where the one before it ended.
func TestResolvConf(t *testing.T) {
	w := begin(t)
	w.defaultResolvConf()
	before, text := map[string][]string{}, map[string]string{}
	for _, node := range w.both() {
		before[node], text[node] = w.etc(node), w.file(node, resolvConf)
		if w.resolves(node, registryHost) || !w.resolves(node, outside) {
			t.Fatalf("%s: what it resolves is not what a node without node-resolv does", node)
		}
	}
	for _, part := range []struct {
		name string
		do   func(*world)
	}{
		{"refused", func(w *world) { w.refused(before) }},
		{"made safe", (*world).madeSafe},
		{"pulled", (*world).pulled},
		{"CoreDNS restarted", (*world).coreDNSRestarted},
		{"nameserver dead", func(w *world) { w.nameserverDead(text) }},
		{"foreign writer", func(w *world) { w.foreignWriter(text) }},
		{"slow writer", func(w *world) { w.slowWriter(text) }},
		{"killed", func(w *world) { w.killed(text) }},
		{"API server away", func(w *world) { w.apiAway(text) }},
		{"Service anew", (*world).serviceAnew},
		{"upgraded", (*world).upgraded},
		{"rebooted", func(w *world) { w.rebooted(text) }},
		{"control plane rebooted", (*world).controlPlaneRebooted},
		{"stranded", func(w *world) { w.stranded(before) }},
		{"as read", (*world).asRead},
	} {
		if !t.Run(part.name, func(t *testing.T) { part.do(w.on(t)) }) {
			t.FailNow()
		}
	}
	for _, node := range w.both() {
		w.wantEtc(node, before[node])
		if w.resolves(node, registryHost) {
			t.Errorf("%s: it still knows %s", node, registryHost)
		}
	}
}

// refused: with kubeadm's CoreDNS and a kubelet that gives the node's own file
// to pods, CoreDNS would forward to itself.
func (w *world) refused(before map[string][]string) {
	w.apply("--mode=resolv-conf")
	for _, node := range w.both() {
		w.await("the Event that "+node+" refuses", func() bool {
			text := w.events(node, "NodeResolvRefused")
			return strings.Contains(text, "CoreDNS would forward to itself") && strings.Contains(text, "resolvConf")
		})
	}
	// The refusal is told before the kubelet has told that the pods run.
	w.await("the pods to run and not to be ready", func() bool {
		return w.kubectl("get", "pods", "-n", "adze-system", "-o",
			`jsonpath={range .items[*]}{.status.phase}={.status.conditions[?(@.type=="Ready")].status} {end}`) == "Running=False Running=False "
	})
	if log := w.kubectl("logs", "-n", "adze-system", "daemonset/node-resolv"); !strings.Contains(log, "hint: ") {
		w.t.Errorf("the log tells no way out:\n%s", log)
	}
	for _, node := range w.both() {
		w.wantEtc(node, before[node])
	}
}

// madeSafe: the way out that the README tells works, without a word to
// node-resolv.
func (w *world) madeSafe() {
	w.ownResolvConf()
	w.ready()
	for _, node := range w.both() {
		w.await("the Event that "+node+" is installed", func() bool { return w.events(node, "NodeResolvInstalled") != "" })
		if !w.resolves(node, registryHost) || !w.resolves(node, outside) {
			w.t.Errorf("%s does not resolve %s and %s", node, registryHost, outside)
		}
	}
}

// ownResolvConf gives the kubelets a resolver file of their own, as the README says.
func (w *world) ownResolvConf() {
	for _, node := range w.both() {
		w.sh(node, `! grep -q '^resolvConf: ' /var/lib/kubelet/config.yaml || exit 0
cp /etc/resolv.conf /etc/kubernetes/resolv.conf
echo 'resolvConf: /etc/kubernetes/resolv.conf' >>/var/lib/kubelet/config.yaml
systemctl restart kubelet`)
	}
}

// defaultResolvConf takes back what ownResolvConf did.
func (w *world) defaultResolvConf() {
	for _, node := range w.both() {
		w.sh(node, `grep -q '^resolvConf: /etc/kubernetes' /var/lib/kubelet/config.yaml || exit 0
sed -i '/^resolvConf: /d' /var/lib/kubelet/config.yaml
systemctl restart kubelet`)
	}
}

func (w *world) pulled() {
	for _, node := range w.both() {
		w.wantPulled(node)
	}
}

// coreDNSRestarted: CoreDNS made anew while its own address is the nodes' first
// nameserver does not forward to itself.
func (w *world) coreDNSRestarted() {
	w.kubectl("rollout", "restart", "-n", "kube-system", "deployment/coredns")
	w.kubectl("rollout", "status", "--timeout=3m", "-n", "kube-system", "deployment/coredns")
	for _, node := range w.both() {
		w.await(node+" to resolve by it", func() bool { return w.resolves(node, registryHost) && w.resolves(node, outside) })
	}
	if log := w.kubectl("logs", "-n", "kube-system", "-l", "k8s-app=kube-dns"); strings.Contains(log, "Loop") {
		w.t.Errorf("CoreDNS forwards to itself:\n%s", log)
	}
}

// events are the messages of a node's Events of a reason.
func (w *world) events(node, reason string) string {
	w.t.Helper()
	return w.kubectl("get", "events", "-n", "default", "--field-selector", "reason="+reason+",involvedObject.name="+node,
		"-o", "jsonpath={.items[*].message}")
}
