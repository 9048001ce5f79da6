// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"os"
	"strconv"
	"testing"

	"github.com/adze-ci/adze/internal/soak"
)

func TestMain(m *testing.M) {
	number := os.Getenv(writerVar)
	if number == "" {
		m.Run()
	} else if err := writer(number); err != nil {
		panic(err)
	}
}

// killCase is a write that is killed. A text that is "-" is no file.
type killCase struct {
	name, path, before, after string
	links                     bool
}

func killCases() []killCase {
	const before, after = "nameserver 192.0.2.1\nsearch a.example\n", "# ours\nnameserver 10.96.0.10\nnameserver 192.0.2.1\nsearch a.example\n"
	return []killCase{
		{name: "exchanged", path: "/etc/resolv.conf", before: before, after: after},
		{name: "in place, growing", path: "/etc/resolv.conf", before: before, after: after, links: true},
		{name: "in place, shrinking", path: "/etc/resolv.conf", before: after, after: before, links: true},
		{name: "made", path: toml, before: "-", after: "server = \"\"\n"},
		{name: "removed", path: toml, before: "server = \"\"\n", after: "-"},
	}
}

// textOf is a text as [File.Write] has it.
func textOf(s string) []byte {
	if s == "-" {
		return nil
	}
	return []byte(s)
}

// writer is the process that is killed, in the node's /etc: it does the write of
// a case, after the call that says that now it counts.
func writer(number string) error {
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	c := killCases()[n]
	f, err := OpenOrNew(Etc{Dir: "../etc"}, c.path)
	if err != nil {
		return err
	}
	os.Getppid() // the marker
	return f.Write(textOf(c.before), textOf(c.after))
}

// A process that is killed right before any system call of its write leaves,
// once the next has recovered, what was there or what it wrote, and nothing else.
// CI tries every fifth call, `make soak` each.
func TestKilledAtEachSystemCall(t *testing.T) {
	for i, c := range killCases() {
		t.Run(c.name, func(t *testing.T) {
			calls, stride := 0, 5
			if soak.Long() {
				stride = 1
			}
			for killCall(t, i, calls) {
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
func killCall(t *testing.T, number, n int) bool {
	t.Helper()
	c := killCases()[number]
	etc := node(t, map[string]string{"etc/x": ""})
	if c.before != "-" {
		mustChange(t, etc, c.path, nil, []byte(c.before))
	}
	allowed := []string{"etc/x"}
	if c.links {
		if err := os.Link(etc.Local(c.path), etc.Local("/etc/link")); err != nil {
			t.Fatal(err)
		}
		allowed = append(allowed, "etc/link")
	}
	killed, err := killedAt(t.Context(), n, writerCommand(t.Context(), etc, number))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := etc.Recover(); err != nil {
		t.Fatal(err)
	}
	got, err := read(etc.Local(c.path))
	text := "-"
	if got != nil {
		text = string(got)
		allowed = append(allowed, c.path[1:], "etc/"+journalBase)
	}
	if err != nil || text != c.after && (!killed || text != c.before) {
		t.Fatalf("killed before call %d, then recovered: %q, %v", n, text, err)
	}
	only(t, etc, allowed...)
	return killed
}
