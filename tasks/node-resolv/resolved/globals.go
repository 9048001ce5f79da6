// SPDX-License-Identifier: Apache-2.0

package resolved

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
)

// Global names a file of others that gives systemd-resolved global servers; empty
// where none does. Ours would join these, of which systemd-resolved asks one at a
// time: the cluster's names would go to whichever it is.
func Global(etc nodefile.Etc) (string, error) {
	names := []string{"/etc/systemd/resolved.conf"}
	for _, dir := range []string{"/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"} {
		dir = path.Join(dir, "resolved.conf.d")
		entries, err := os.ReadDir(etc.Local(dir))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("listing the node's %s: %w", dir, err)
		}
		for _, entry := range entries {
			if name := path.Join(dir, entry.Name()); path.Ext(name) == ".conf" && name != Path {
				names = append(names, name)
			}
		}
	}
	for _, name := range names {
		text, err := os.ReadFile(etc.Local(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return "", fmt.Errorf("reading the node's %s: %w", name, err)
		}
		if namesServers(string(text)) {
			return name, nil
		}
	}
	return "", nil
}

// namesServers tells whether a configuration has a line DNS= with something
// behind it.
func namesServers(text string) bool {
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, "=")
		if strings.TrimSpace(key) == "DNS" && strings.TrimSpace(value) != "" {
			return true
		}
	}
	return false
}
