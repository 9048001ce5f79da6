// SPDX-License-Identifier: Apache-2.0

package kindcluster

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

func rendered(t *testing.T, o Options) config {
	t.Helper()
	text, err := render(o, "image:1", "/state")
	if err != nil {
		t.Fatal(err)
	}
	var c config
	if err := yaml.UnmarshalStrict(text, &c); err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	return c
}

func TestRenderOneNode(t *testing.T) {
	c := rendered(t, Options{Nodes: 1})
	if !c.Networking.DisableDefaultCNI || c.Networking.KubeProxyMode != "nftables" {
		t.Errorf("networking %+v", c.Networking)
	}
	if len(c.Nodes) != 1 || c.Nodes[0].Role != "control-plane" || c.Nodes[0].Image != "image:1" {
		t.Fatalf("nodes %+v", c.Nodes)
	}
	mounts := map[string]string{}
	for _, m := range c.Nodes[0].ExtraMounts {
		mounts[m.ContainerPath] = m.HostPath
	}
	want := map[string]string{
		"/etc/containerd/certs.d": "/state/certs.d", "/etc/adze/resolv.conf": "/state/resolv.conf",
		"/etc/adze/patches": "/state/patches", "/etc/cni/net.d": "/state/cni/0",
	}
	if !reflect.DeepEqual(mounts, want) {
		t.Errorf("mounts %v, want %v", mounts, want)
	}
}

func TestRenderSeveralNodes(t *testing.T) {
	c := rendered(t, Options{Nodes: 3})
	var roles, networks []string
	for _, n := range c.Nodes {
		roles = append(roles, n.Role)
		networks = append(networks, n.ExtraMounts[3].HostPath)
	}
	if !slices.Equal(roles, []string{"control-plane", "worker", "worker"}) {
		t.Errorf("roles %v", roles)
	}
	if !slices.Equal(networks, []string{"/state/cni/0", "/state/cni/1", "/state/cni/2"}) {
		t.Errorf("pod networks %v: each node needs its own", networks)
	}
}

func TestRenderResolvConf(t *testing.T) {
	for leave, want := range map[bool]bool{false: true, true: false} {
		c := rendered(t, Options{Nodes: 1, DefaultResolvConf: leave})
		var kubelet struct {
			Kind         string `json:"kind"`
			FailCgroupV1 *bool  `json:"failCgroupV1"`
			ResolvConf   string `json:"resolvConf"`
		}
		if err := yaml.Unmarshal([]byte(c.KubeadmConfigPatches[0]), &kubelet); err != nil {
			t.Fatal(err)
		}
		if kubelet.Kind != "KubeletConfiguration" || kubelet.FailCgroupV1 == nil || *kubelet.FailCgroupV1 {
			t.Errorf("kubelet %+v", kubelet)
		}
		if (kubelet.ResolvConf == resolvConf) != want {
			t.Errorf("default left: %t, resolvConf %q", leave, kubelet.ResolvConf)
		}
	}
}

func TestOptions(t *testing.T) {
	t.Setenv("ADZE_NODE_IMAGE", "mine:1")
	t.Setenv("ADZE_CLUSTER_NAME", "")
	var o Options
	if err := o.complete(); err != nil || o.Name != DefaultName || o.Nodes != 1 || o.NodeImage != "mine:1" {
		t.Errorf("%+v, %v", o, err)
	}
	t.Setenv("ADZE_CLUSTER_NAME", "other")
	o = Options{}
	if err := o.complete(); err != nil || o.Name != "other" {
		t.Errorf("%+v, %v; want the name that the environment gives", o, err)
	}
	for _, bad := range []Options{{Name: "A"}, {Name: "-a"}, {Name: "a/b"}, {Name: strings.Repeat("a", 41)}, {Nodes: -1}, {Nodes: 10}} {
		if err := bad.complete(); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

func TestNodeNames(t *testing.T) {
	got := nodeNames("x", 3)
	if want := []string{"x-control-plane", "x-worker", "x-worker2"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestParseNets(t *testing.T) {
	got, err := parseNets("a 172.30.0.3 10.244.0.0/24\nb 172.30.0.4 10.244.1.0/24\n")
	want := []nodeNet{{"a", "172.30.0.3", "10.244.0.0/24"}, {"b", "172.30.0.4", "10.244.1.0/24"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := parseNets("a 172.30.0.3 \n"); err == nil {
		t.Error("a node that has no network yet is taken")
	}
}

func TestWriteCNI(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "0")
	if err := writeCNI(dir, "10.244.7.0/24"); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v: the runtime reads all that lie there", files, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, files[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Plugins []struct {
			Type string
			IPAM struct{ Ranges [][]struct{ Subnet string } }
		}
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Plugins) != 2 || list.Plugins[0].IPAM.Ranges[0][0].Subnet != "10.244.7.0/24" {
		t.Errorf("plugins %+v", list.Plugins)
	}
}

func TestWriteCerts(t *testing.T) {
	dir := t.TempDir()
	if err := writeCerts(dir, "172.30.0.2:5000", []byte("PEM")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"localhost:5001/hosts.toml":   `[host."http://172.30.0.2:5000"]`,
		innerRegistry + "/hosts.toml": `ca = "/etc/containerd/certs.d/` + innerRegistry + `/ca.crt"`,
		innerRegistry + "/ca.crt":     "PEM",
	} {
		text, err := os.ReadFile(filepath.Join(dir, "certs.d", name))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %q, %v; want %q in it", name, text, err, want)
		}
	}
}

func TestExistingNamesAllThatIsMissing(t *testing.T) {
	t.Setenv("ADZE_CLUSTER", "existing")
	t.Setenv("KUBECONFIG", "")
	t.Setenv("ADZE_REGISTRY", "")
	_, err := Open(t.Context(), "")
	if err == nil || !strings.Contains(err.Error(), "KUBECONFIG, ADZE_REGISTRY") {
		t.Errorf("error %v, want both named", err)
	}
}

func TestDownLeavesAnExistingClusterAlone(t *testing.T) {
	t.Setenv("ADZE_CLUSTER", "existing")
	t.Setenv("PATH", t.TempDir()) // nothing can be run
	var said strings.Builder
	if err := Down(t.Context(), &said); err != nil || !strings.Contains(said.String(), "left as it is") {
		t.Errorf("%v, said %q", err, said.String())
	}
}

func TestPublicImageIsKindsOwn(t *testing.T) {
	dir := t.TempDir()
	if _, err := publicImage(dir); err == nil {
		t.Error("found in an empty folder")
	}
	file := filepath.Join(dir, "pkg/apis/config/defaults/image.go")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("package defaults\n\nconst Image = \"kindest/node:v1@sha256:0\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := publicImage(dir); err != nil || got != "kindest/node:v1@sha256:0" {
		t.Errorf("%q, %v", got, err)
	}
}
