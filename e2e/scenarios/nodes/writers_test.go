// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import (
	"bytes"
	"fmt"
	"strings"
)

// foreign lets another program write the node's resolv.conf: by rename, or in
// place where the file is a mount point.
func (w *world) foreign(node, text string) {
	w.t.Helper()
	script := "cat >/etc/.resolv.conf.dhcp; mv /etc/.resolv.conf.dhcp /etc/resolv.conf"
	if node == w.mount {
		script = "cat >/etc/resolv.conf"
	}
	cmd := w.Node(node, "sh", "-euc", script)
	cmd.Stdin = strings.NewReader(text)
	w.must(cmd.Run(w.ctx))
}

// foreignWriter: what others write stays, and node-resolv's lines come back
// into it.
func (w *world) foreignWriter(before map[string]string) {
	dns := w.clusterIP("kube-system", "kube-dns")
	for _, node := range w.both() {
		for _, text := range []string{"search lan.example\n" + before[node] + "# by dhcp\n", "# none\n", before[node]} {
			w.foreign(node, text)
			w.await(node+" to merge it", func() bool { return asks(w.file(node, resolvConf), dns) })
			kept := w.file(node, resolvConf)
			for line := range strings.Lines(text) {
				if !strings.Contains(kept, line) {
					w.t.Errorf("%s: %q is lost:\n%s", node, line, kept)
				}
			}
		}
		w.wantResolved(node)
	}
}

// slowWriter: a program that empties the file, and writes only a while later
// what it is to hold, is let finish.
func (w *world) slowWriter(before map[string]string) {
	dns := w.clusterIP("kube-system", "kube-dns")
	for _, node := range w.both() {
		ours := len(w.file(node, resolvConf)) - len(before[node])
		for _, text := range []string{before[node] + "# slowly\n", before[node]} {
			cmd := w.Node(node, "sh", "-euc", `text=$(cat); { sleep 0.4; echo "$text"; } >/etc/resolv.conf`)
			cmd.Stdin = strings.NewReader(text)
			w.must(cmd.Run(w.ctx))
			w.await(node+" to merge what came slowly", func() bool {
				now := w.file(node, resolvConf)
				return asks(now, dns) && strings.Contains(now, text) && len(now) == len(text)+ours
			})
		}
	}
}

// killed: node-resolv is killed while it writes again and again, because
// another program does, and its successor makes good whatever it left.
func (w *world) killed(before map[string]string) {
	dns := w.clusterIP("kube-system", "kube-dns")
	for round, after := range []int{3, 8, 14, 23} {
		for _, node := range w.both() {
			write := "mv /etc/.resolv.conf.dhcp /etc/resolv.conf"
			if node == w.mount {
				write = "cat /etc/.resolv.conf.dhcp >/etc/resolv.conf; rm /etc/.resolv.conf.dhcp"
			}
			cmd := w.Node(node, "sh", "-euc", fmt.Sprintf(killing, write, after, round))
			cmd.Stdin = bytes.NewReader([]byte(before[node]))
			w.must(cmd.Run(w.ctx))
		}
		// A pod made anew is not made to wait as a container that fails again and again.
		w.kubectl("delete", "pods", "-n", "adze-system", "--all")
		for _, node := range w.both() {
			last := fmt.Sprintf("# round %d\n", round)
			w.await(node+" to be mended", func() bool {
				text := w.file(node, resolvConf)
				return strings.Contains(text, last) && asks(text, dns)
			})
			w.wantResolved(node)
		}
		w.ready()
	}
	for _, node := range w.both() {
		w.foreign(node, before[node])
		w.await(node+" to merge the last", func() bool { return asks(w.file(node, resolvConf), dns) })
		w.wantNothingHalfDone(node)
	}
}

// killing writes the resolv.conf thirty times, kills node-resolv on the way, and
// writes it once more when that is dead.
const killing = `
text=$(cat)
until pgrep -x node-resolv >/run/victim; do sleep 0.1; done
write() { printf '%%s\n# %%s\n' "$text" "$1" >/etc/.resolv.conf.dhcp; %s; }
for i in $(seq 30); do
  write "write $i"
  if [ $i = %d ]; then xargs kill -9 </run/victim; fi
  sleep 0.03
done
write "round %d"`
