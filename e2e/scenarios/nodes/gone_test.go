// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import (
	"fmt"
	"strings"
)

// rebooted: a node's power fails while its files are written. It starts with what
// stands in them, from which the next copy goes on.
func (w *world) rebooted(before map[string]string) {
	node, dns := w.plain, w.clusterIP("kube-system", "kube-dns")
	cmd := w.Node(node, "sh", "-euc", writingOn)
	cmd.Stdin = strings.NewReader(before[node])
	w.must(cmd.Run(w.ctx))
	w.must(w.PowerCut(w.ctx, node))
	w.sh(node, fmt.Sprintf(unanswered, dns))
	w.sh(node, uncovered)
	if text := w.file(node, resolvConf); !strings.Contains(text, "# write ") {
		w.t.Fatalf("%s lost its file with its power:\n%s", node, text)
	}
	w.must(w.Rejoin(w.ctx))
	w.await(node+" to be mended", func() bool { return w.isReady(node) && asks(w.file(node, resolvConf), dns) })
	for _, node := range w.both() {
		w.await(node+" to resolve", func() bool { return w.resolves(node, registryHost) && w.resolves(node, outside) })
	}
	w.wantPulled(node)
	w.foreign(node, before[node])
	w.await(node+" to merge the last", func() bool { return asks(w.file(node, resolvConf), dns) })
	w.wantNothingHalfDone(node)
}

// controlPlaneRebooted: the node on which CoreDNS and the API server run loses its
// power. Its files are mount points, which Docker makes anew.
func (w *world) controlPlaneRebooted() {
	dns := w.clusterIP("kube-system", "kube-dns")
	w.must(w.PowerCut(w.ctx, w.mount))
	w.await("the API server to know its administrator", func() bool { return w.Kubectl("get", "nodes").Run(w.ctx) == nil })
	w.must(w.Rejoin(w.ctx))
	w.await(w.mount+" to be mended", func() bool { return w.isReady(w.mount) && asks(w.file(w.mount, resolvConf), dns) })
	for _, node := range w.both() {
		w.await(node+" to resolve", func() bool { return w.resolves(node, registryHost) && w.resolves(node, outside) })
	}
	w.wantPulled(w.mount)
}

// writingOn writes the resolv.conf again and again, and returns while it does.
const writingOn = `
cat >/run/text
nohup sh -c 'i=0; while :; do i=$((i+1)); { cat /run/text; echo "# write $i"; } >/etc/.resolv.conf.dhcp; mv /etc/.resolv.conf.dhcp /etc/resolv.conf; sleep 0.03; done' >/dev/null 2>&1 &
sleep 1`

// unanswered keeps to the node what it asks of cluster DNS before kube-proxy leads
// that anywhere. Nobody else has that address, but networks there are which answer whatever is
// asked of port 53, with no: the kubelet would take that for the API server's name.
const unanswered = `
nft add table ip unanswered
nft 'add chain ip unanswered out { type filter hook output priority filter; }'
nft add rule ip unanswered out ip daddr %s drop`

// uncovered takes away what Docker mounts anew over a node's own files at each
// start, once kind's own changes to that are done.
const uncovered = `
until pgrep -x systemd-journal >/dev/null; do sleep 0.05; done
umount /etc/resolv.conf /etc/hosts /etc/containerd/certs.d
rm -f /etc/.resolv.conf.dhcp`

// isReady tells whether a node's copy says that it is.
func (w *world) isReady(node string) bool {
	return w.Node(node, "curl", "--fail", "--silent", "http://127.0.0.1:9353/readyz").Run(w.ctx) == nil
}

// wantNothingHalfDone asserts that no write is under way for ever.
func (w *world) wantNothingHalfDone(node string) {
	w.t.Helper()
	if left := w.sh(node, "find /etc -name '*adze-*'"); left != "" {
		w.t.Errorf("%s: left of writes: %s", node, left)
	}
}

// stranded: node-resolv is gone without a chance to give anything back. What
// restore.yaml runs does, on a node that comes back only later too.
func (w *world) stranded(before map[string][]string) {
	w.t.Helper()
	w.kubectl("delete", "daemonset", "-n", "adze-system", "node-resolv", "--cascade=orphan")
	w.freeze("node-resolv") // so that no SIGTERM is heard
	w.kubectl("delete", "pods", "-n", "adze-system", "--all", "--grace-period=1", "--wait")
	for _, node := range w.both() {
		if strings.Join(w.etc(node), "\n") == strings.Join(before[node], "\n") {
			w.t.Errorf("%s: nothing was left that could be taken out", node)
		}
	}
	w.must(w.Docker("pause", w.plain).Run(w.ctx))
	objects := w.read("tasks/node-resolv/restore.yaml")
	w.objectsOf(objects, "apply", "--server-side")
	w.await(w.mount+" to be restored", func() bool { return strings.Join(w.etc(w.mount), "\n") == strings.Join(before[w.mount], "\n") })
	w.must(w.Docker("unpause", w.plain).Run(w.ctx))
	w.kubectl("rollout", "status", "--timeout=3m", "-n", "adze-restore", "daemonset/node-resolv-restore")
	for _, node := range w.both() {
		w.wantEtc(node, before[node])
	}
	w.objectsOf(objects, "delete")
}
