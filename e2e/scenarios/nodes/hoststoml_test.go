// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/kubeyaml"
)

// certs is containerd's folder with what it is told of registries.
const certs = "/etc/containerd/certs.d/"

// With the overlays as they are, containerd is told of the registry and trusts its
// CA, unless others told it already. What tools read of the registry in
// kube-public is what nodes pull from.
func TestHostsTOML(t *testing.T) {
	w := begin(t)
	w.registrySecret()
	before := map[string][]string{}
	for _, node := range w.both() {
		before[node] = w.etc(node)
	}
	w.overlayKind()

	w.sh(w.mount, "mount -o remount,bind,rw "+certs)
	t.Cleanup(func() {
		w.remove()
		w.sh(w.mount, "mount -o remount,bind,ro "+certs)
	})
	w.sh(w.plain, "mkdir "+certs+overlayHost+"; cd "+certs+"; sed 's/^server.*//; s#://"+registryHost+"#://"+overlayHost+"#' "+
		registryHost+"/hosts.toml >"+overlayHost+"/hosts.toml")
	foreign := w.file(w.plain, certs+overlayHost+"/hosts.toml")

	w.overlay("registry")
	w.install()
	w.wantTold(w.mount, certs)
	if text := w.file(w.plain, certs+overlayHost+"/hosts.toml"); text != foreign {
		t.Errorf("what others told containerd became\n%s", text)
	}
	for _, node := range w.both() {
		w.wantHosts(node, "registry", w.clusterIP("infra", "registry"))
		w.wantPulledFrom(node, overlayHost)
	}
	w.sh(w.plain, "rm -r "+certs+overlayHost)
	w.wantTold(w.plain, certs)
	w.wantPulledFrom(w.plain, w.published())

	w.overlay("managed")
	w.install()
	for _, node := range w.both() {
		w.wantTold(node, certs)
		w.wantPulledFrom(node, overlayHost)
	}
	w.stranded(before)
}

// overlayKind: containerd is told of a registry that speaks HTTP, and the hosts
// file is taken where containerd's folder is read-only, as on nodes of kind here.
func (w *world) overlayKind() {
	w.overlay("kind")
	w.install()
	w.await(w.plain+" to tell containerd", func() bool {
		return strings.Contains(w.sh(w.plain, "cat "+certs+overlayHost+"*80/hosts.toml || true"), "http://"+overlayHost)
	})
	w.wantPulledFrom(w.plain, overlayHost+":80")
	for _, node := range w.both() {
		w.wantHosts(node, "registry", w.clusterIP("infra", "registry"))
	}
	if text := w.events(w.mount, "NodeResolvInstalled"); !strings.Contains(text, "read-only") {
		w.t.Errorf("%s tells %q", w.mount, text)
	}
	w.remove()
	if w.Kubectl("get", "configmap", "-n", "kube-public", "local-registry-hosting").Run(w.ctx) == nil {
		w.t.Error("kube-public still tells of the registry")
	}
}

// registrySecret makes the Secret with the registry's CA that the overlays name.
func (w *world) registrySecret() {
	w.kubectl("delete", "secret", "-n", "infra", "registry-tls", "--ignore-not-found")
	w.kubectl("create", "secret", "generic", "-n", "infra", "registry-tls", "--from-file=ca.crt="+filepath.Join(w.Dir, "ca.crt"))
}

// wantTold asserts that containerd is told of the registry, and whom to trust
// there, in a folder.
func (w *world) wantTold(node, certs string) {
	w.t.Helper()
	w.await(node+" to tell containerd", func() bool {
		out, err := w.Node(node, "sh", "-c", "cat "+certs+overlayHost+"/*").Output(w.ctx)
		return err == nil && strings.Contains(string(out), "https://"+overlayHost) && strings.Contains(string(out), "BEGIN CERTIFICATE")
	})
}

// published is the host that tools are told to name images by, which KEP-1755
// has in a ConfigMap.
func (w *world) published() string {
	w.t.Helper()
	all, err := kubeyaml.Parse([]byte(w.kubectl("get", "configmap", "-n", "kube-public", "local-registry-hosting",
		"-o", `jsonpath={.data.localRegistryHosting\.v1}`)))
	w.must(err)
	host, ok := all[0]["hostFromContainerRuntime"].(string)
	if !ok {
		w.t.Fatalf("kube-public tells no host: %v", all)
	}
	return host
}
