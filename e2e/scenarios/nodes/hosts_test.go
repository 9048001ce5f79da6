// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import (
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/kubeyaml"
)

// rbacYAML lets node-resolv see the registry's Service.
const rbacYAML = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: node-resolv, namespace: infra}
rules:
  - {apiGroups: [""], resources: [services], resourceNames: [registry-harbor-core], verbs: [get, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: node-resolv, namespace: infra}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: node-resolv}
subjects: [{kind: ServiceAccount, name: node-resolv, namespace: adze-system}]
`

const namedRegistry = "--registry=infra/registry-harbor-core"

// In mode hosts the nodes know the registry's names alone, ask their own
// nameserver still, and follow the registry's Service.
func TestHosts(t *testing.T) {
	w := begin(t)
	more, err := kubeyaml.Parse([]byte(rbacYAML))
	w.must(err)
	w.objects = append(w.objects, more...)
	before := map[string][]string{}
	for _, node := range w.both() {
		before[node] = w.etc(node)
	}
	w.install("--mode=hosts", namedRegistry)
	old := w.clusterIP("infra", "registry-harbor-core")
	for _, node := range w.both() {
		w.wantHosts(node, "registry-harbor-core", old)
		w.wantPulled(node)
	}
	w.foreignHosts()

	fresh := old[:strings.LastIndex(old, ".")] + ".254"
	for _, ip := range []string{fresh, old} {
		w.remakeService("infra", "registry-harbor-core", ip)
		for _, node := range w.both() {
			w.wantHosts(node, "registry-harbor-core", ip)
		}
	}
	w.remove()
	for _, node := range w.both() {
		w.wantEtc(node, before[node])
	}
}

// wantHosts asserts that a node takes the names of a registry's Service for an
// address, and resolves others as before.
func (w *world) wantHosts(node, service, ip string) {
	w.t.Helper()
	for _, end := range []string{".infra.svc.cluster.local", ".infra.svc", ".infra"} {
		name := service + end
		w.await(node+" to take "+name+" for "+ip, func() bool {
			out, err := w.Node(node, "getent", "ahostsv4", name).Output(w.ctx)
			return err == nil && strings.HasPrefix(string(out), ip+" ")
		})
	}
	if !w.resolves(node, outside) || w.resolves(node, "kube-dns.kube-system.svc.cluster.local") {
		w.t.Errorf("%s: what else it resolves is not what it did before", node)
	}
}

// foreignHosts: a line that another program writes into the hosts file stays.
func (w *world) foreignHosts() {
	for _, node := range w.both() {
		foreign := "192.0.2.7 printer.lan"
		w.sh(node, "echo '"+foreign+"' >>/etc/hosts")
		w.await(node+" to know both", func() bool { return w.resolves(node, "printer.lan") && w.resolves(node, registryHost) })
		replace := "mv /etc/.hosts.new /etc/hosts"
		if node == w.mount {
			replace = "cat /etc/.hosts.new >/etc/hosts; rm /etc/.hosts.new"
		}
		w.sh(node, "grep -v printer.lan /etc/hosts >/etc/.hosts.new; chmod --reference=/etc/hosts /etc/.hosts.new; "+replace)
		w.await(node+" to know one", func() bool { return !w.resolves(node, "printer.lan") && w.resolves(node, registryHost) })
	}
}
