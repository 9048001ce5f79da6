// SPDX-License-Identifier: Apache-2.0

package hosts

import (
	"bytes"
	"net/netip"
	"reflect"
	"slices"
	"testing"
)

var (
	v4 = Entry{netip.MustParseAddr("10.96.7.7"), Names("infra", "registry", "cluster.local")}
	v6 = Entry{netip.MustParseAddr("fd00::7"), v4.Names}
)

const (
	line4 = "10.96.7.7 registry.infra.svc.cluster.local registry.infra.svc registry.infra # adze node-resolv owns this line\n"
	line6 = "fd00::7 registry.infra.svc.cluster.local registry.infra.svc registry.infra # adze node-resolv owns this line\n"
)

func TestInstallStandsBehindTheOthers(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", line4 + line6},
		{"usual", "127.0.0.1 localhost\n::1 ip6-localhost\n", "127.0.0.1 localhost\n::1 ip6-localhost\n" + line4 + line6},
		{"no newline at the end", "127.0.0.1 localhost\n# end", "127.0.0.1 localhost\n" + line4 + line6 + "# end"},
		{"one line that does not end", "127.0.0.1 localhost", line4 + line6 + "127.0.0.1 localhost"},
		{"carriage returns", "127.0.0.1 localhost\r\n", "127.0.0.1 localhost\r\n" + line4 + line6},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Install([]byte(c.text), []Entry{v4, v6})
			if string(got) != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
			if back, owned := Strip(got); string(back) != c.text || !reflect.DeepEqual(owned, []Entry{v4, v6}) {
				t.Errorf("taken out again: %q owning %v, want %q", back, owned, c.text)
			}
		})
	}
}

func TestInstallLeavesOutWhatNoLineCanSay(t *testing.T) {
	odd := []Entry{{}, {Addr: v4.Addr}, {Names: v4.Names}, {v4.Addr, []string{"a b"}}, {v4.Addr, []string{"a#"}}, {v4.Addr, []string{"a\nb"}}, {v4.Addr, []string{""}}, v4}
	if got := Install(nil, odd); string(got) != line4 {
		t.Errorf("got %q", got)
	}
}

func TestStripAfterForeignEdits(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing ours", "127.0.0.1 localhost\n", "127.0.0.1 localhost\n"},
		{"a line added above, between and below", "# a\n" + line4 + "# b\n" + line6 + "# c\n", "# a\n# b\n# c\n"},
		{"one deleted", "# a\n" + line6, "# a\n"},
		{"twice", line4 + line4, ""},
		{"a name of theirs in our line", "10.96.7.7 registry.infra other # adze node-resolv owns this line\n", ""},
		{"another address", "localhost x # adze node-resolv owns this line\n", "localhost x # adze node-resolv owns this line\n"},
		{"moved to the right", " " + line4, " " + line4},
		{"more behind the mark", "10.96.7.7 a # adze node-resolv owns this line no more\n", "10.96.7.7 a # adze node-resolv owns this line no more\n"},
		{"cut off within ours", "# a\n10.96.7.7 a # adze node", "# a\n10.96.7.7 a # adze node"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, _ := Strip([]byte(c.text)); string(got) != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestClaims(t *testing.T) {
	text := "127.0.0.1 localhost\n#10.0.0.1 registry.infra\n10.0.0.2\tother Registry.Infra.SVC # theirs\n10.96.7.7 registry.infra\nnonsense registry.infra\n"
	want := []Claim{{Line: 3, Name: "registry.infra.svc", Addr: netip.MustParseAddr("10.0.0.2")}}
	if got := Claims([]byte(text), []Entry{v4, v6}); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A missing file stays one; an empty one too.
func TestNothingStaysNothing(t *testing.T) {
	for _, text := range [][]byte{nil, {}} {
		foreign, owned := Strip(text)
		if got := Install(foreign, owned); (got == nil) != (text == nil) {
			t.Errorf("%#v became %#v", text, got)
		}
	}
}

// Whatever the file held, taking our lines out gives it back byte for byte.
func FuzzInstallAndStrip(f *testing.F) {
	for _, seed := range []string{"", "\n", "127.0.0.1 localhost", "\r\n\x00", line4, line4 + "x", mark} {
		f.Add([]byte(seed), "registry.infra", true)
	}
	f.Fuzz(func(t *testing.T, text []byte, name string, dual bool) {
		entries := []Entry{{v4.Addr, []string{name}}}
		if dual {
			entries = append(entries, Entry{v6.Addr, []string{name, "second"}})
		}
		entries = slices.DeleteFunc(entries, func(e Entry) bool { return !e.valid() })
		foreign, _ := Strip(text)
		if again, owned := Strip(foreign); !bytes.Equal(again, foreign) || owned != nil {
			t.Fatalf("stripping twice: %q, then %q", foreign, again)
		}
		installed := Install(foreign, entries)
		back, owned := Strip(installed)
		if !bytes.Equal(back, foreign) || len(owned) != len(entries) || len(entries) > 0 && !reflect.DeepEqual(owned, entries) {
			t.Fatalf("%q comes back as %q, owning %v", foreign, back, owned)
		}
	})
}
