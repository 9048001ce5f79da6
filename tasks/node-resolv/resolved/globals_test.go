// SPDX-License-Identifier: Apache-2.0

package resolved

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
)

func TestGlobal(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"none":            {"etc/systemd/resolved.conf", "[Resolve]\n#DNS=\nDNS=\nFallbackDNS=192.0.2.1\n", ""},
		"the main file":   {"etc/systemd/resolved.conf", "[Resolve]\n DNS = 192.0.2.1\n", "/etc/systemd/resolved.conf"},
		"a drop-in":       {"run/systemd/resolved.conf.d/vpn.conf", "[Resolve]\nDNS=192.0.2.1\n", "/run/systemd/resolved.conf.d/vpn.conf"},
		"ours":            {Path[1:], "[Resolve]\nDNS=10.96.0.10\n", ""},
		"not for systemd": {"etc/systemd/resolved.conf.d/vpn.conf.old", "[Resolve]\nDNS=192.0.2.1\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			file := filepath.Join(root, c.file)
			for _, dir := range []string{filepath.Dir(file), filepath.Join(root, "etc")} {
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			if got, err := Global(nodefile.Etc{Dir: filepath.Join(root, "etc")}); got != c.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}
