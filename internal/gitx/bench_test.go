// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"
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
