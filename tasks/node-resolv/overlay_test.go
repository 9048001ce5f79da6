// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/adze-ci/adze/internal/step"
)

// kustomization is what the files of that name here hold.
type kustomization struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Resources  []string `json:"resources"`
	Patches    []struct {
		Target target `json:"target"`
		Patch  string `json:"patch"`
	} `json:"patches"`
}

// target is what a patch is for.
type target struct{ Kind, Name string }

// build gives the documents, as JSON, that a folder's Kustomization makes.
func build(t *testing.T, dir string) [][]byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "Kustomization"))
	if err != nil {
		t.Fatal(err)
	}
	var k kustomization
	if err := yaml.UnmarshalStrict(text, &k); err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	var docs [][]byte
	for _, name := range k.Resources {
		name = filepath.Join(dir, name)
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			docs = append(docs, build(t, name)...)
			continue
		}
		docs = append(docs, documents(t, name)...)
	}
	for _, p := range k.Patches {
		patch(t, docs, p.Target, p.Patch)
	}
	return docs
}

func documents(t *testing.T, name string) [][]byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var docs [][]byte
	for doc := range bytes.SplitSeq(text, []byte("\n---\n")) {
		doc, err := yaml.YAMLToJSON(doc)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		docs = append(docs, doc)
	}
	return docs
}

// patch applies a JSON patch to the documents of a kind and name.
func patch(t *testing.T, docs [][]byte, of target, text string) {
	t.Helper()
	operations, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := jsonpatch.DecodePatch(operations)
	if err != nil {
		t.Fatal(err)
	}
	for i := range docs {
		var object struct {
			Kind     string
			Metadata struct{ Name string }
		}
		if err := yaml.Unmarshal(docs[i], &object); err != nil {
			t.Fatal(err)
		}
		if object.Kind != of.Kind || object.Metadata.Name != of.Name {
			continue
		}
		if docs[i], err = decoded.Apply(docs[i]); err != nil {
			t.Fatalf("%s: %v", of, err)
		}
	}
}

// Each overlay makes a DaemonSet whose arguments are flags, whose volumes are
// mounted where the flags look, and whose Roles name what the flags name.
func TestOverlays(t *testing.T) {
	names, err := filepath.Glob("overlays/*")
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]string{
		"overlays/registry": "/etc /var/lib/kubelet/config.yaml", "overlays/kind": "/etc /var/lib/kubelet/config.yaml",
		"overlays/managed": "/etc", "overlays/k3s": "/etc /var/lib/rancher/k3s/agent/etc/containerd",
		"overlays/resolved": "/etc /run/dbus /run/systemd /var/lib/kubelet/config.yaml",
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			docs := build(t, name)
			var set appsv1.DaemonSet
			for _, doc := range docs {
				if bytes.Contains(doc, []byte(`"kind":"DaemonSet"`)) {
					if err := yaml.UnmarshalStrict(doc, &set); err != nil {
						t.Fatal(err)
					}
				}
			}
			spec := set.Spec.Template.Spec
			if got := strings.Join(mounts(t, spec), " "); got != wanted[name] {
				t.Errorf("mounts %s, want %s", got, wanted[name])
			}
			flags := step.FlagsOf(Command())
			if err := flags.Parse(spec.Containers[0].Args); err != nil || flags.NArg() > 0 {
				t.Errorf("%q: %v", spec.Containers[0].Args, err)
			}
			wantAccess(t, docs, flags)
		})
	}
}

// mounts are the node's folders, each mounted below /host.
func mounts(t *testing.T, spec corev1.PodSpec) []string {
	t.Helper()
	var paths []string
	for _, m := range spec.Containers[0].VolumeMounts {
		i := slices.IndexFunc(spec.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name })
		if i < 0 || "/host"+spec.Volumes[i].HostPath.Path != m.MountPath {
			t.Errorf("%s is mounted at %s", m.Name, m.MountPath)
			continue
		}
		paths = append(paths, spec.Volumes[i].HostPath.Path)
	}
	if len(paths) != len(spec.Volumes) {
		t.Errorf("%d volumes, %d of them mounted", len(spec.Volumes), len(paths))
	}
	slices.Sort(paths)
	return paths
}

// wantAccess wants a rule for each Service and Secret that the flags name, and
// for no other.
func wantAccess(t *testing.T, docs [][]byte, flags *step.Flags) {
	t.Helper()
	all := string(bytes.Join(docs, nil))
	for flag, resource := range map[string]string{"registry": "services", "registry-ca": "secrets"} {
		named := strings.Trim(flags.Lookup(flag).Value.String(), "[]")
		_, name, ok := strings.Cut(named, "/")
		if ok && !strings.Contains(all, `"resourceNames":["`+name+`"],"resources":["`+resource+`"]`) {
			t.Errorf("no rule lets it see the %s %s", resource, name)
		}
		if !ok && strings.Contains(all, `"resources":["secrets"]`) {
			t.Error("it may see a Secret that no flag names")
		}
	}
}

// hosting is what tools read of a local registry:
// https://github.com/kubernetes/enhancements/tree/master/keps/sig-cluster-lifecycle/generic/1755-communicating-a-local-registry
type hosting struct {
	Host                     string `json:"host"`
	HostFromClusterNetwork   string `json:"hostFromClusterNetwork"`
	HostFromContainerRuntime string `json:"hostFromContainerRuntime"`
	Help                     string `json:"help"`
}

// The name that tools are told is the one that nodes then know.
func TestHostingNamesTheRegistry(t *testing.T) {
	docs := build(t, "overlays/registry")
	var m corev1.ConfigMap
	i := slices.IndexFunc(docs, func(doc []byte) bool { return bytes.Contains(doc, []byte(`"kind":"ConfigMap"`)) })
	if i < 0 {
		t.Fatal("no ConfigMap")
	}
	if err := yaml.UnmarshalStrict(docs[i], &m); err != nil {
		t.Fatal(err)
	}
	if m.Namespace != "kube-public" || m.Name != "local-registry-hosting" {
		t.Errorf("it is %s/%s", m.Namespace, m.Name)
	}
	var told hosting
	if err := yaml.UnmarshalStrict([]byte(m.Data["localRegistryHosting.v1"]), &told); err != nil {
		t.Fatal(err)
	}
	f := newFacts(&options{clusterDomain: "cluster.local", registries: []string{"infra/registry"}}, nil)
	if names := f.names(f.registries[0]); told.HostFromContainerRuntime != names[0] || told.HostFromClusterNetwork != names[0] {
		t.Errorf("tools are told %+v, nodes know %q", told, names)
	}
}
