// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/kubeyaml"
	"github.com/adze-ci/adze/e2e/platform"
)

// Given a registry and its CA, auto has containerd trust that CA where others
// wrote nothing for the registry, and takes the hosts file where they did.
func TestAutoWithHostsTOML(t *testing.T) {
	w := begin(t)
	more, err := kubeyaml.Parse([]byte(strings.Replace(rbacYAML, "verbs: [get, watch]}",
		"verbs: [get, watch]}\n  - {apiGroups: [\"\"], resources: [secrets], resourceNames: [registry-ca], verbs: [get, watch]}", 1)))
	w.must(err)
	w.more = more
	w.kubectl("delete", "secret", "-n", "infra", "registry-ca", "--ignore-not-found")
	w.kubectl("create", "secret", "generic", "-n", "infra", "registry-ca", "--from-file=ca.crt="+filepath.Join(w.Dir, "ca.crt"))
	folder := "/etc/containerd/certs.d/" + platform.RegistryHost
	w.sh(w.plain, "mv "+folder+" /run/foreign.d")
	t.Cleanup(func() { w.sh(w.plain, "mv /run/foreign.d "+folder) })
	before := map[string][]string{}
	for _, node := range w.both() {
		before[node] = w.etc(node)
	}
	w.install("--mode=auto", namedRegistry, "--registry-ca=infra/registry-ca")
	if text := w.sh(w.plain, "cat "+folder+"/hosts.toml"); !strings.Contains(text, platform.RegistryHost) {
		t.Errorf("containerd is told\n%s", text)
	}
	for _, node := range w.both() {
		w.wantHosts(node, w.clusterIP("infra", "registry-harbor-core"))
		w.wantPulled(node)
	}
	w.remove()
	for _, node := range w.both() {
		w.wantEtc(node, before[node])
	}
}
