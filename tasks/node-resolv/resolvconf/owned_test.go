// SPDX-License-Identifier: Apache-2.0

package resolvconf

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

var (
	v4 = netip.MustParseAddr("10.96.0.10")
	v6 = netip.MustParseAddr("fd00::a")
)

const (
	pair4 = marker + "10.96.0.10\nnameserver 10.96.0.10\n"
	pair6 = marker + "fd00::a\nnameserver fd00::a\n"
)

func TestInstallStandsBeforeTheFirstNameserver(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", pair4},
		{"no nameserver", "search a.example\n", pair4 + "search a.example\n"},
		{"one", "nameserver 1.1.1.1\n", pair4 + "nameserver 1.1.1.1\n"},
		{"header stays on top", "# by DHCP\nsearch .\nnameserver 1.1.1.1\noptions rotate\n", "# by DHCP\nsearch .\n" + pair4 + "nameserver 1.1.1.1\noptions rotate\n"},
		{"no newline at the end", "options edns0\nnameserver 1.1.1.1", "options edns0\n" + pair4 + "nameserver 1.1.1.1"},
		{"indented, as Go reads it", " \tnameserver 1.1.1.1\n", pair4 + " \tnameserver 1.1.1.1\n"},
		{"commented out", "#nameserver 8.8.8.8\n;nameserver 8.8.4.4\nnameserver 1.1.1.1\n", "#nameserver 8.8.8.8\n;nameserver 8.8.4.4\n" + pair4 + "nameserver 1.1.1.1\n"},
		{"odd address", "nameserver nonsense\nnameserver 1.1.1.1\n", pair4 + "nameserver nonsense\nnameserver 1.1.1.1\n"},
		{"carriage returns", "search a\r\nnameserver 1.1.1.1\r\n", "search a\r\n" + pair4 + "nameserver 1.1.1.1\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Install([]byte(c.text), []netip.Addr{v4})
			if string(got) != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
			if back, owned := Strip(got); string(back) != c.text || !slices.Equal(owned, []netip.Addr{v4}) {
				t.Errorf("taken out again: %q owning %v, want %q", back, owned, c.text)
			}
		})
	}
}

func TestStripAfterForeignEdits(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing ours", "nameserver 1.1.1.1\n", "nameserver 1.1.1.1\n"},
		{"two addresses", pair4 + pair6 + "nameserver 1.1.1.1\n", "nameserver 1.1.1.1\n"},
		{"a line added above", "search b\n" + pair4 + "nameserver 1.1.1.1\n", "search b\nnameserver 1.1.1.1\n"},
		{"a line put between", marker + "10.96.0.10\nsearch b\nnameserver 10.96.0.10\n", "search b\n"},
		{"our line deleted", marker + "10.96.0.10\nnameserver 1.1.1.1\n", "nameserver 1.1.1.1\n"},
		{"their line with our address", "nameserver 10.96.0.10\n" + pair4, "nameserver 10.96.0.10\n"},
		{"their line behind ours", pair4 + "nameserver 10.96.0.10\n", "nameserver 10.96.0.10\n"},
		{"marker without an address", marker + "\nnameserver 1.1.1.1\n", marker + "\nnameserver 1.1.1.1\n"},
		{"twice", pair4 + pair4 + "nameserver 1.1.1.1\n", "nameserver 1.1.1.1\n"},
		{"cut off behind ours", "search a\n" + strings.TrimSuffix(pair4, "\n"), "search a\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, _ := Strip([]byte(c.text)); string(got) != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
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

func TestIgnored(t *testing.T) {
	text := Install([]byte("nameserver 1.1.1.1\nnameserver 8.8.8.8\nnameserver 9.9.9.9\n"), []netip.Addr{v4})
	if got := Ignored(text); !slices.Equal(got, []netip.Addr{netip.MustParseAddr("9.9.9.9")}) {
		t.Errorf("ignored %v, want 9.9.9.9", got)
	}
	if got := Ignored([]byte("nameserver 1.1.1.1\n")); len(got) > 0 {
		t.Errorf("ignored %v, want none", got)
	}
}

func TestRotates(t *testing.T) {
	for text, want := range map[string]bool{"options ndots:2 rotate\n": true, "# options rotate\n": false, "options ndots:2\n": false} {
		if got := Rotates([]byte(text)); got != want {
			t.Errorf("%q: rotates %v, want %v", text, got, want)
		}
	}
}

// Whatever the file held, taking our lines out gives it back byte for byte,
// cluster DNS is the first nameserver meanwhile, and the others keep their order.
func FuzzInstallAndStrip(f *testing.F) {
	for _, seed := range []string{"", "\n", "nameserver 1.1.1.1", "search .\nnameserver fe80::1%eth0\r\n\x00", "\tnameserver\nnameserver 1.1.1.1\n", pair4, marker} {
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, dual bool) {
		addrs := []netip.Addr{v4}
		if dual {
			addrs = append(addrs, v6)
		}
		foreign, _ := Strip(text)
		if again, owned := Strip(foreign); !bytes.Equal(again, foreign) || owned != nil {
			t.Fatalf("stripping twice: %q, then %q", foreign, again)
		}
		installed := Install(foreign, addrs)
		back, owned := Strip(installed)
		if !bytes.Equal(back, foreign) || !slices.Equal(owned, addrs) {
			t.Fatalf("%q comes back as %q, owning %v", foreign, back, owned)
		}
		if want := append(addrs, Nameservers(foreign)...); !slices.Equal(Nameservers(installed), want) {
			t.Fatalf("nameservers %v, want %v", Nameservers(installed), want)
		}
	})
}
