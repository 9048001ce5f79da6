// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
)

// chosen is the share that choose chooses, whatever stands in the file.
func chosen(choose func() []netip.Addr) part {
	return resolvConfLines.part(resolvConf, func([]byte, []netip.Addr) ([]netip.Addr, error) { return choose(), nil })
}

func openFile(t *testing.T, text string) (*nodefile.File, string) {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "resolv.conf")
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := nodefile.Open(nodefile.Etc{Dir: dir}, resolvConf)
	if err != nil {
		t.Fatal(err)
	}
	return file, name
}

// choose is called between the reading and the writing, so what it writes is
// what others write in that moment.
func TestMergeKeepsWhatOthersWriteMeanwhile(t *testing.T) {
	file, name := openFile(t, "nameserver 192.0.2.1\n")
	addr := netip.MustParseAddr("10.96.0.10")
	edits := []string{"nameserver 192.0.2.2\n", "nameserver 192.0.2.3\nsearch a\n"}
	text, _, err := merge(file, chosen(func() []netip.Addr {
		if len(edits) > 0 {
			if err := os.WriteFile(name, []byte(edits[0]), 0o644); err != nil {
				t.Fatal(err)
			}
			edits = edits[1:]
		}
		return []netip.Addr{addr}
	}))
	if err != nil || !bytes.HasSuffix(text, []byte("nameserver 10.96.0.10\nnameserver 192.0.2.3\nsearch a\n")) {
		t.Fatalf("got %q, %v", text, err)
	}
	if text, _, err = merge(file, resolvConfLines.remains(resolvConf)); err != nil || string(text) != "nameserver 192.0.2.3\nsearch a\n" {
		t.Errorf("given back: %q, %v", text, err)
	}
}

func TestMergeGivesUpOnARestlessFile(t *testing.T) {
	file, name := openFile(t, "")
	n := byte('a')
	_, _, err := merge(file, chosen(func() []netip.Addr {
		n++
		if err := os.WriteFile(name, []byte{'#', n, '\n'}, 0o644); err != nil {
			t.Fatal(err)
		}
		return []netip.Addr{netip.MustParseAddr("10.96.0.10")}
	}))
	if !errors.Is(err, nodefile.ErrChanged) {
		t.Errorf("got %v, want ErrChanged", err)
	}
}

// Others append, prepend and replace while we install, change and take out: at
// the end the file is what they alone would have made.
func TestMergeIsInvisibleInTheEnd(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	addrs := []netip.Addr{netip.MustParseAddr("10.96.0.10"), netip.MustParseAddr("fd00::a"), netip.MustParseAddr("10.96.0.11")}
	lines := []string{"nameserver 192.0.2.1\n", "search .\n", "# x\n", "options rotate\n", "\n", "nameserver fe80::1%eth0\n"}
	for range 60 {
		file, name := openFile(t, "")
		var alone []byte
		for range 8 {
			choose := func() []netip.Addr { return addrs[:rng.IntN(len(addrs)+1)] }
			if _, _, err := merge(file, chosen(choose)); err != nil {
				t.Fatal(err)
			}
			now, err := file.Read()
			if err != nil {
				t.Fatal(err)
			}
			line := []byte(lines[rng.IntN(len(lines))])
			switch rng.IntN(3) {
			case 0:
				now, alone = append(now, line...), append(alone, line...)
			case 1:
				now, alone = append(bytes.Clone(line), now...), append(bytes.Clone(line), alone...)
			case 2:
				now, alone = line, bytes.Clone(line)
			}
			if err := os.WriteFile(name, now, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		text, _, err := merge(file, resolvConfLines.remains(resolvConf))
		if err != nil || !bytes.Equal(text, alone) {
			t.Fatalf("got %q, %v; want %q", text, err, alone)
		}
	}
}
