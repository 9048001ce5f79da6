// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"fmt"
	"os"
	"testing"

	"github.com/adze-ci/adze/internal/soak"
)

func TestMain(m *testing.M) {
	if os.Getenv(writerVar) == "" {
		os.Exit(m.Run())
	}
	if err := writer(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A process that is killed right before any system call of its write leaves,
// once the next has recovered, what was there or what it wrote, and nothing else.
// CI tries every fifth call, `make soak` each.
func TestKilledAtEachSystemCall(t *testing.T) {
	const before, after = "nameserver 192.0.2.1\nsearch a.example\n", "# ours\nnameserver 10.96.0.10\nnameserver 192.0.2.1\nsearch a.example\n"
	for _, c := range []struct {
		name, path, before, after string
		links                     bool
	}{
		{name: "exchanged", path: "/etc/resolv.conf", before: before, after: after},
		{name: "in place, growing", path: "/etc/resolv.conf", before: before, after: after, links: true},
		{name: "in place, shrinking", path: "/etc/resolv.conf", before: after, after: before, links: true},
		{name: "made", path: "/etc/containerd/certs.d/r.example/hosts.toml", before: "-", after: "server = \"\"\n"},
		{name: "removed", path: "/etc/containerd/certs.d/r.example/hosts.toml", before: "server = \"\"\n", after: "-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			calls, stride := 0, 5
			if soak.Long() {
				stride = 1
			}
			for killCall(t, c.path, c.before, c.after, c.links, calls) {
				calls += stride
			}
			if calls < 40 {
				t.Errorf("only %d calls were seen", calls)
			}
			t.Logf("killed before every %d. of %d system calls", stride, calls)
		})
	}
}

// killCall kills a write before its nth call and tells whether it got so far.
func killCall(t *testing.T, path, before, after string, links bool, n int) bool {
	t.Helper()
	etc := node(t, map[string]string{"etc/x": ""})
	if before != "-" {
		mustChange(t, etc, path, nil, []byte(before))
	}
	allowed := []string{"etc/x"}
	if links {
		if err := os.Link(etc.Local(path), etc.Local("/etc/link")); err != nil {
			t.Fatal(err)
		}
		allowed = append(allowed, "etc/link")
	}
	killed, err := killedAt(t.Context(), n, writerCommand(t.Context(), etc, path, before, after))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := etc.Recover(); err != nil {
		t.Fatal(err)
	}
	got, err := read(etc.Local(path))
	text := "-"
	if got != nil {
		text = string(got)
		allowed = append(allowed, path[1:], "etc/"+journalBase)
	}
	if err != nil || text != after && (!killed || text != before) {
		t.Fatalf("killed before call %d, then recovered: %q, %v", n, text, err)
	}
	only(t, etc, allowed...)
	return killed
}
