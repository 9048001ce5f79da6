// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// cgroups is where the kernel tells of the container's memory. The files are
// those of cgroup v2, or of v1 below memory/:
// https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files
const cgroups = "/sys/fs/cgroup"

// oomKills counts how often the kernel killed in this container for want of
// memory; told is false where it does not say.
func oomKills(dir string) (kills int, told bool) {
	for _, file := range []string{"memory.events", "memory/memory.oom_control"} {
		if n, ok := statistic(filepath.Join(dir, file), "oom_kill"); ok {
			return int(n), true
		}
	}
	return 0, false
}

// memory is what the container uses, in bytes, and how much it may; a limit of 0
// stands for none.
type memory struct{ used, limit int64 }

// readMemory reads both. Files that the kernel can drop from its cache do not
// count as used, as with the kubelet.
func readMemory(dir string) (memory, bool) {
	for _, v := range []struct{ used, limit, stat, dropped string }{
		{"memory.current", "memory.max", "memory.stat", "inactive_file"},
		{"memory/memory.usage_in_bytes", "memory/memory.limit_in_bytes", "memory/memory.stat", "total_inactive_file"},
	} {
		used, ok := number(filepath.Join(dir, v.used))
		if !ok {
			continue
		}
		dropped, _ := statistic(filepath.Join(dir, v.stat), v.dropped)
		limit, _ := number(filepath.Join(dir, v.limit)) // "max" for none
		if limit > math.MaxInt64/2 {                    // v1's way to say none
			limit = 0
		}
		return memory{max(0, used-dropped), limit}, true
	}
	return memory{}, false
}

// short tells that nine tenths are used.
func (m memory) short() bool { return m.limit > 0 && m.used/9 >= m.limit/10 }

func (m memory) String() string {
	const gib = 1 << 30
	return fmt.Sprintf("%.1f of %.1f GiB", float64(m.used)/gib, float64(m.limit)/gib)
}

func number(file string) (int64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}

// statistic finds the number that follows a word at the beginning of a line.
func statistic(file, name string) (int64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if count, ok := strings.CutPrefix(strings.TrimSpace(line), name+" "); ok {
			n, err := strconv.ParseInt(count, 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}
