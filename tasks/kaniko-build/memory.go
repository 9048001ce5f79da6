// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"os"
	"strconv"
	"strings"
)

// oomKills counts how often the kernel killed in this container for want of
// memory; told is false where it does not say. The files are those of cgroup v2 and v1:
// https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files
func oomKills() (kills int, told bool) {
	for _, file := range []string{"/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"} {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if count, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok {
				n, err := strconv.Atoi(count)
				return n, err == nil
			}
		}
	}
	return 0, false
}
