// SPDX-License-Identifier: Apache-2.0

package resolved

import (
	"fmt"
	"net/netip"
	"os"
	"slices"

	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
	"github.com/adze-ci/adze/tasks/node-resolv/resolvconf"
)

// Runs tells whether the node's programs ask systemd-resolved, by its stub, and
// why. Another file of its own, /run/systemd/resolve/resolv.conf, lists servers to
// ask without it: then a drop-in would send everything to cluster DNS.
func Runs(etc nodefile.Etc) (asked bool, why string) {
	const resolvConf = "/etc/resolv.conf"
	path, err := etc.Follow(resolvConf)
	if err != nil {
		return false, err.Error()
	}
	if slices.Contains(stubFiles(), path) {
		return true, fmt.Sprintf("%s leads to %s, systemd-resolved's stub", resolvConf, path)
	}
	text, err := os.ReadFile(etc.Local(path))
	if err != nil {
		return false, fmt.Sprintf("%s leads to %s, which cannot be read: %v", resolvConf, path, err)
	}
	servers := resolvconf.Nameservers(text)
	if len(servers) > 0 && slices.Contains(stubs(), servers[0]) {
		return true, fmt.Sprintf("%s names %s, systemd-resolved's stub", resolvConf, servers[0])
	}
	return false, fmt.Sprintf("%s does not lead to systemd-resolved's stub", resolvConf)
}

// stubFiles name the stub as the only nameserver; systemd-resolved.service(8).
func stubFiles() []string {
	return []string{"/run/systemd/resolve/stub-resolv.conf", "/usr/lib/systemd/resolv.conf", "/lib/systemd/resolv.conf"}
}

// stubs are the addresses that systemd-resolved answers at.
func stubs() []netip.Addr {
	return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 53}), netip.AddrFrom4([4]byte{127, 0, 0, 54})}
}
