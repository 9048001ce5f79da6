// SPDX-License-Identifier: Apache-2.0

package resolvconf

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/soak"
	"github.com/adze-ci/adze/tasks/node-resolv/apart"
)

// foreignLines is what resolv.conf files hold, and what spoils them. `options
// rotate` is not among them: with it others are asked first at times.
func foreignLines() []string {
	return []string{
		"nameserver 127.77.0.53\n", "nameserver 127.77.0.53 # by DHCP\n", "nameserver nonsense\n", "nameserver\n", "search .\n", "search lan.example\n",
		"domain lan.example\n", "options ndots:5\n", "options edns0 trust-ad\n", "options timeout:1\n", "; a comment\n", "# a comment\n", "\n",
		"sortlist 10.0.0.0/8\n", " nameserver 127.77.0.53\n", "nameserver fe80::1%lo\n", "nameserver 127.77.0.53\r\n", "nameserver 127.77.0.53",
	}
}

// Whatever others have in a resolv.conf, the resolvers of Go and of glibc ask
// our nameserver first.
func TestResolversAskOursFirst(t *testing.T) {
	const name = "registry.infra.svc.cluster.local."
	ours, addr := netip.MustParseAddr("127.77.0.10"), netip.MustParseAddr("10.96.7.7")
	soak.Each(t, 5, func(t *testing.T, rnd *rand.Rand) {
		var foreign strings.Builder
		for range rnd.IntN(9) {
			foreign.WriteString(foreignLines()[rnd.IntN(len(foreignLines()))])
		}
		text := Install([]byte(foreign.String()), []netip.Addr{ours})
		apart.Run(t, func(t *testing.T) {
			apart.Put(t, "/etc/resolv.conf", text)
			apart.Put(t, "/etc/nsswitch.conf", []byte("hosts: dns\n"))
			apart.Nameserver(t, ours.String(), name, addr)
			apart.Nameserver(t, "127.77.0.53", "old.example.", netip.MustParseAddr("192.0.2.1"))
			asked := strings.TrimSuffix(name, ".")
			got, err := (&net.Resolver{PreferGo: true}).LookupNetIP(t.Context(), "ip4", asked)
			if err != nil || len(got) != 1 || got[0] != addr {
				t.Errorf("Go resolves it to %v, %v, from\n%s", got, err, text)
			}
			out, err := exec.CommandContext(t.Context(), "getent", "ahostsv4", asked).Output()
			if err != nil || !strings.HasPrefix(string(out), addr.String()+" ") {
				t.Errorf("glibc resolves it to %q, %v, from\n%s", out, err, text)
			}
		})
	})
}
