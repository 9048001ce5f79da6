// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import "testing"

// k3s is where k3s keeps containerd's settings.
const k3s = "/var/lib/rancher/k3s/agent/etc/containerd"

// With the overlay k3s as it is, containerd is told of the registry where k3s has
// it look.
func TestK3s(t *testing.T) {
	w := begin(t)
	w.registrySecret()
	before, told := map[string][]string{}, map[string]string{}
	for _, node := range w.both() {
		t.Cleanup(w.likeK3s(node))
		before[node], told[node] = w.etc(node), w.sh(node, listK3s)
	}
	w.overlay("k3s")
	w.install()
	for _, node := range w.both() {
		w.wantTold(node, k3s+"/certs.d/")
		w.wantPulledFrom(node, overlayHost)
	}
	w.remove()
	for _, node := range w.both() {
		w.wantEtc(node, before[node])
		if text := w.sh(node, listK3s); text != told[node] {
			t.Errorf("%s: below %s there was\n%sand is\n%s", node, k3s, told[node], text)
		}
	}
}

// listK3s lists k3s's settings of containerd.
const listK3s = "find " + k3s + " -printf '%p %m %s\\n' | sort"

// likeK3s lets a node's containerd look where k3s has it look. What it returns
// undoes that.
func (w *world) likeK3s(node string) (undo func()) {
	w.sh(node, `mkdir -p `+k3s+`
cp -r /etc/containerd/certs.d `+k3s+`
cp /etc/containerd/config.toml /run/containerd.toml
sed 's#^\( *config_path = \).*#\1"`+k3s+`/certs.d"#' /run/containerd.toml >`+k3s+`/config.toml
cat `+k3s+`/config.toml >/etc/containerd/config.toml
systemctl restart containerd`)
	return func() {
		w.sh(node, "cat /run/containerd.toml >/etc/containerd/config.toml; rm -r "+k3s+"; systemctl restart containerd")
	}
}
