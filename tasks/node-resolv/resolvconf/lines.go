// SPDX-License-Identifier: Apache-2.0

package resolvconf

import (
	"bytes"
	"net/netip"
	"slices"
)

// MaxNameservers is how many nameservers a resolver asks; it ignores the
// rest. MAXNS in resolv.conf(5); Go's and musl's resolvers agree.
const MaxNameservers = 3

// Nameservers lists the addresses of a file's nameserver lines, in order,
// also those beyond MaxNameservers.
func Nameservers(text []byte) []netip.Addr {
	var addrs []netip.Addr
	for line := range bytes.Lines(text) {
		if addr, ok := nameserver(line); ok {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

// Ignored lists the nameservers that resolvers do not ask because too many
// stand before them.
func Ignored(text []byte) []netip.Addr {
	addrs := Nameservers(text)
	return addrs[min(len(addrs), MaxNameservers):]
}

// Rotates tells whether the file has `options rotate`, by which resolvers ask
// the nameservers in turn instead of the first one first.
func Rotates(text []byte) bool {
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		if len(fields) > 0 && string(fields[0]) == "options" && slices.ContainsFunc(fields[1:], isRotate) {
			return true
		}
	}
	return false
}

func isRotate(word []byte) bool { return string(word) == "rotate" }

// nameserver parses a nameserver line.
func nameserver(line []byte) (netip.Addr, bool) {
	if !isNameserver(line) {
		return netip.Addr{}, false
	}
	fields := bytes.Fields(line)
	if len(fields) < 2 {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(string(fields[1]))
	return addr, err == nil
}

// isNameserver tells whether a line is a nameserver line, whatever it names.
// Go's resolver allows blanks before the keyword and glibc's does not; the
// wider reading finds the place that is first for both.
func isNameserver(line []byte) bool {
	fields := bytes.Fields(line)
	return len(fields) > 0 && string(fields[0]) == "nameserver"
}
