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
		Target struct{ Kind, Name string } `json:"target"`
		Patch  string                      `json:"patch"`
	} `json:"patches"`
}

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
		patch(t, docs, p.Target.Kind, p.Patch)
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

// patch applies a JSON patch to the documents of a kind.
func patch(t *testing.T, docs [][]byte, kind, text string) {
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
		if !bytes.Contains(docs[i], []byte(`"kind":"`+kind+`"`)) {
			continue
		}
		if docs[i], err = decoded.Apply(docs[i]); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
	}
}

// Each overlay makes a DaemonSet whose arguments are flags, whose volumes are
// mounted where the flags look, and whose Roles name what the flags name.
func TestOverlays(t *testing.T) {
	for name, wantMounts := range map[string]string{
		"overlays/registry": "/etc /var/lib/kubelet/config.yaml",
		"overlays/managed":  "/etc", "overlays/k3s": "/etc /var/lib/rancher/k3s/agent/etc/containerd",
		"overlays/resolved": "/etc /run/dbus /run/systemd /var/lib/kubelet/config.yaml",
	} {
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
			if got := strings.Join(mounts(t, spec), " "); got != wantMounts {
				t.Errorf("mounts %s, want %s", got, wantMounts)
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

// wantAccess wants a rule for each Service and Secret that the flags name.
func wantAccess(t *testing.T, docs [][]byte, flags *step.Flags) {
	t.Helper()
	all := string(bytes.Join(docs, nil))
	for flag, resource := range map[string]string{"registry": "services", "registry-ca": "secrets"} {
		named := strings.Trim(flags.Lookup(flag).Value.String(), "[]")
		if _, name, ok := strings.Cut(named, "/"); ok && !strings.Contains(all, `"resourceNames":["`+name+`"],"resources":["`+resource+`"]`) {
			t.Errorf("no rule lets it see the %s %s", resource, name)
		}
	}
}
