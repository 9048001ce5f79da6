// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import (
	"fmt"
	"strings"
	"testing"
)

// On a node whose programs ask systemd-resolved, auto has it send the cluster's
// names to cluster DNS, and leaves the node's resolv.conf alone; on the other it
// takes the resolv.conf, and says why, until that node's programs ask resolved too.
func TestAutoWithResolved(t *testing.T) {
	w := begin(t)
	w.ownResolvConf()
	t.Cleanup(w.defaultResolvConf)
	t.Cleanup(w.startResolved(w.plain))
	before, run := map[string][]string{}, w.sh(w.plain, listRun)
	for _, node := range w.both() {
		before[node] = w.etc(node)
	}
	w.overlay("resolved")
	w.install()
	if target := w.sh(w.plain, "readlink /etc/resolv.conf"); target != "../run/systemd/resolve/stub-resolv.conf\n" {
		t.Errorf("in mode resolved the node's resolv.conf became %q", target)
	}
	for node, want := range map[string]string{w.plain: "systemd-resolved asks", w.mount: "/etc/resolv.conf asks"} {
		if text := w.events(node, "NodeResolvInstalled"); !strings.Contains(text, want) || !strings.Contains(text, "was chosen ") {
			t.Errorf("%s tells %q", node, text)
		}
		w.wantResolved(node)
		w.wantPulled(node)
	}

	thaw := w.freeze("coredns")
	defer thaw()
	w.await("resolved to be rolled back", func() bool { return w.sh(w.plain, listRun) == run })
	if !w.resolves(w.plain, outside) {
		t.Errorf("%s does not resolve %s without cluster DNS", w.plain, outside)
	}
	thaw()
	w.await("resolved to ask it again", func() bool { return w.resolves(w.plain, registryHost) })

	w.remove()
	for _, node := range w.both() {
		w.wantEtc(node, before[node])
	}
	if after := w.sh(w.plain, listRun); after != run {
		t.Errorf("below /run there was\n%sand is\n%s", run, after)
	}
	w.await("resolved to have forgotten it", func() bool {
		return !w.resolves(w.plain, registryHost) && w.resolves(w.plain, outside)
	})
	w.resolvedEverywhere()
}

// resolvedEverywhere is the same where the programs of all nodes ask resolved.
func (w *world) resolvedEverywhere() {
	w.t.Cleanup(w.uncover(w.mount))
	w.t.Cleanup(w.startResolved(w.mount))
	before := map[string][]string{}
	for _, node := range w.both() {
		before[node] = w.etc(node)
	}
	w.install()
	for _, node := range w.both() {
		if w.sh(node, listRun) == "" {
			w.t.Errorf("%s: resolved is not told of cluster DNS", node)
		}
		w.wantResolved(node)
		w.wantPulled(node)
	}
	w.remove()
	for _, node := range w.both() {
		w.wantEtc(node, before[node])
	}
}

// uncover gives a node a resolv.conf that is no mount point. What it returns
// mounts the other one again.
func (w *world) uncover(node string) (cover func()) {
	w.sh(node, "touch /run/covered; mount --bind /etc/resolv.conf /run/covered; umount /etc/resolv.conf; cat /run/covered >/etc/resolv.conf")
	return func() {
		w.sh(node, "mount --bind /run/covered /etc/resolv.conf; umount /run/covered; rm /run/covered")
	}
}

// listRun lists systemd-resolved's drop-ins.
const listRun = `find /run/systemd -path '*resolved.conf.d*' | sort`

// startResolved has a node's programs ask systemd-resolved, which knows its
// server as DHCP would tell it, from the link. What it returns undoes that.
func (w *world) startResolved(node string) (stop func()) {
	w.t.Helper()
	text := w.file(node, resolvConf)
	server := strings.TrimPrefix(strings.SplitN(text, "\n", 2)[0], "nameserver ")
	w.sh(node, fmt.Sprintf(`test -x /lib/systemd/systemd-resolved || { apt-get update && apt-get install -y --no-install-recommends systemd-resolved; } >&2
mkdir -p /etc/systemd/resolved.conf.d
printf '[Resolve]\nResolveUnicastSingleLabel=yes\n' >/etc/systemd/resolved.conf.d/single.conf
systemctl restart systemd-resolved
resolvectl dns eth0 %s
resolvectl default-route eth0 yes
ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf`, server))
	w.await(node+" to resolve by resolved", func() bool { return w.resolves(node, outside) })
	return func() {
		w.sh(node, fmt.Sprintf("systemctl stop systemd-resolved\nrm -r /etc/systemd/resolved.conf.d /etc/resolv.conf\nprintf %%s '%s' >/etc/resolv.conf", text))
	}
}
