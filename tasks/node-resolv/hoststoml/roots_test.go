// SPDX-License-Identifier: Apache-2.0

package hoststoml

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
)

const (
	version2 = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry]\nconfig_path = \"/etc/containerd/certs.d\"\n"
	version3 = "version = 3\n[plugins.'io.containerd.cri.v1.images'.registry]\nconfig_path = '/etc/containerd/certs.d:/etc/docker/certs.d'\n"
	other    = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = \"pause\"\n"
)

func TestRoots(t *testing.T) {
	one, two := []string{"/etc/containerd/certs.d"}, []string{"/etc/containerd/certs.d", "/etc/docker/certs.d"}
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []string
		fails bool
	}{
		{name: "no configuration"},
		{name: "empty", files: map[string]string{"config.toml": ""}},
		{name: "version 1", files: map[string]string{"config.toml": "[plugins.cri.registry]\nconfig_path = \"/etc/containerd/certs.d\"\n"}, want: one},
		{name: "version 2", files: map[string]string{"config.toml": version2}, want: one},
		{name: "version 3", files: map[string]string{"config.toml": version3}, want: two},
		{name: "none named", files: map[string]string{"config.toml": other}},
		{name: "an empty one", files: map[string]string{"config.toml": "[plugins.cri.registry]\nconfig_path = \"\"\n"}},
		{name: "imported", files: map[string]string{"config.toml": "imports = [\"/etc/containerd/conf.d/*.toml\"]\n", "conf.d/a.toml": other, "conf.d/b.toml": version2, "conf.d/c.conf": other}, want: one},
		{name: "imported by a relative path, each the other", files: map[string]string{"config.toml": "imports = [\"a.toml\"]\n", "a.toml": "imports = [\"config.toml\", \"gone.toml\"]\n" + version3}, want: two},
		{name: "an import replaces the section", files: map[string]string{"config.toml": "imports = [\"a.toml\"]\n" + version2, "a.toml": other}},
		{name: "an import of another plugin does not", files: map[string]string{"config.toml": "imports = [\"a.toml\"]\n" + version3, "a.toml": "[plugins.'io.containerd.cri.v1.runtime']\nenable_cdi = true\n"}, want: two},
		{name: "no TOML", files: map[string]string{"config.toml": "[plugins"}, fails: true},
		{name: "a broken pattern", files: map[string]string{"config.toml": "imports = [\"[\"]\n"}, fails: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			etc := nodefile.Etc{Dir: filepath.Join(t.TempDir(), "etc")}
			for name, text := range c.files {
				name = filepath.Join(etc.Dir, "containerd", name)
				if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := Roots(etc, "/etc/containerd/config.toml")
			if !slices.Equal(got, c.want) || (err != nil) != c.fails {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}
