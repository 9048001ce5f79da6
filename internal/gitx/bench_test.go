// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/step"
)

// largePack makes a pack of a repository with some services of a hundred files
// in ten folders each.
func largePack(tb testing.TB, services int, args ...string) []byte {
	tb.Helper()
	dir := tb.TempDir()
	var stream strings.Builder
	stream.WriteString("commit refs/heads/main\ncommitter c <c@example.com> 1700000000 +0000\ndata 1\nx\n")
	for s := range services {
		for f := range 100 {
			fmt.Fprintf(&stream, "M 100644 inline ms/svc%04d/pkg%d/f%d.go\ndata 60\nfile %-55d\n", s, f/10, f%10, s*100+f)
		}
	}
	for _, c := range []struct {
		in   string
		args []string
	}{{"", []string{"init", "-q", "--bare", "."}}, {stream.String(), []string{"fast-import", "--quiet"}}} {
		cmd := exec.CommandContext(tb.Context(), "git", c.args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(c.in)
		if out, err := cmd.CombinedOutput(); err != nil {
			tb.Fatalf("%v: %s", err, out)
		}
	}
	cmd := exec.CommandContext(tb.Context(), "git", append([]string{"pack-objects", "--revs", "--stdout", "-q"}, args...)...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader("refs/heads/main\n")
	pack, err := cmd.Output()
	if err != nil {
		tb.Fatal(err)
	}
	return pack
}

func BenchmarkUnpack(b *testing.B) {
	for _, filter := range []string{"--filter=blob:none", "--no-filter"} {
		pack := largePack(b, 2000, filter)
		b.Run(filter, func(b *testing.B) {
			b.SetBytes(int64(len(pack)))
			b.ReportAllocs()
			for b.Loop() {
				s := newStore()
				if err := unpack(bytes.NewReader(pack), s); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(s.objects)), "objects")
			}
		})
	}
}

// What is held of 20,000 files and 2,000 folders beside their compressed contents
// is little: ten times as much stays far below 100 MiB.
func TestTheStoreIsLean(t *testing.T) {
	pack := largePack(t, 200)
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, s := live(), newStore()
	if err := unpack(bytes.NewReader(pack), s); err != nil {
		t.Fatal(err)
	}
	if held := live() - before; len(s.objects) != 22203 || held > uint64(len(pack))+4<<20 {
		t.Errorf("%d objects of a pack of %d bytes take %d bytes", len(s.objects), len(pack), held)
	}
	runtime.KeepAlive(s)
}

func TestAServerThatSendsTooMuchIsToldOf(t *testing.T) {
	dir, s := served(t)
	git(t, dir, "config", "--replace-all", "uploadpack.allowFilter", "false")
	write(t, dir, "noise", randomText(60000))
	commit(t, dir)
	r := open(t, Options{URL: s.URL + "/repo"})
	r.store.maxHeld = 30000
	_, err := r.Resolve(t.Context(), "main")
	if !errors.Is(err, errTooMuch) || !strings.Contains(fmt.Sprint(step.Hints(err)), "allowFilter") {
		t.Errorf("got %v, hints %q", err, step.Hints(err))
	}
}
