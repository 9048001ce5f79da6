// SPDX-License-Identifier: Apache-2.0

package hosts

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/soak"
	"github.com/adze-ci/adze/tasks/node-resolv/apart"
)

// foreignLines is what hosts files hold, and what spoils them.
func foreignLines() []string {
	return []string{
		"127.0.0.1\tlocalhost\n", "::1 localhost ip6-localhost\n", "# a comment\n", "\n", "192.0.2.9 other.example other # theirs\n", "nonsense line\n",
		"10.0.0.1\n", "192.0.2.7 a\r\n", "\x00\x01\n", "fe80::1%lo zone.example\n", strings.Repeat("192.0.2.8 long.example ", 40) + "\n", "#" + mark, "192.0.2.3 last.example",
	}
}

// Whatever others have in a hosts file, the resolvers of Go and of glibc give
// our names their addresses, and the names of others theirs.
func TestResolversSeeOurLines(t *testing.T) {
	soak.Each(t, 4, func(t *testing.T, rnd *rand.Rand) {
		var foreign strings.Builder
		for range rnd.IntN(12) {
			foreign.WriteString(foreignLines()[rnd.IntN(len(foreignLines()))])
		}
		text := Install([]byte(foreign.String()), []Entry{v4, v6})
		apart.Run(t, func(t *testing.T) {
			apart.Put(t, "/etc/hosts", text)
			apart.Put(t, "/etc/nsswitch.conf", []byte("hosts: files\n"))
			apart.Put(t, "/etc/resolv.conf", nil)
			want := []netip.Addr{v4.Addr, v6.Addr}
			for _, name := range v4.Names {
				look(t, name, want, text)
			}
			if strings.Contains(foreign.String(), "\n192.0.2.9 other") {
				look(t, "other.example", []netip.Addr{netip.MustParseAddr("192.0.2.9")}, text)
			}
		})
	})
}

// look resolves a name through both resolvers.
func look(t *testing.T, name string, want []netip.Addr, text []byte) {
	t.Helper()
	got, err := (&net.Resolver{PreferGo: true}).LookupNetIP(t.Context(), "ip", name)
	for i := range got {
		got[i] = got[i].Unmap()
	}
	slices.SortFunc(got, netip.Addr.Compare)
	if got = slices.Compact(got); err != nil || !slices.Equal(got, want) {
		t.Errorf("Go resolves %s to %v, %v; want %v, from\n%s", name, got, err, want, text)
	}
	for _, addr := range want {
		database := map[bool]string{true: "ahostsv4", false: "hosts"}[addr.Is4()] // hosts asks for IPv6 first
		out, err := exec.CommandContext(t.Context(), "getent", database, name).Output()
		if err != nil || !strings.HasPrefix(string(out), fmt.Sprint(addr, " ")) {
			t.Errorf("glibc resolves %s to %q, %v; want %v, from\n%s", name, out, err, addr, text)
		}
	}
}
