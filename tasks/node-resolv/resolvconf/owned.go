// SPDX-License-Identifier: Apache-2.0

package resolvconf

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
)

const marker = "# adze node-resolv owns the next line: nameserver "

// Install puts owned lines for addrs before the first nameserver line of a
// text that has no owned lines, or at its top where it has none. Without
// addrs the text stays as it is, nil too, which is no file.
func Install(foreign []byte, addrs []netip.Addr) []byte {
	at := 0
	for line := range bytes.Lines(foreign) {
		if isNameserver(line) {
			return insert(foreign, at, addrs)
		}
		at += len(line)
	}
	return insert(foreign, 0, addrs)
}

func insert(text []byte, at int, addrs []netip.Addr) []byte {
	var b strings.Builder
	for _, addr := range addrs {
		b.WriteString(marker + addr.String() + "\nnameserver " + addr.String() + "\n")
	}
	return slices.Insert(slices.Clone(text), at, []byte(b.String())...)
}

// Strip takes the owned lines out and tells which addresses they named. Where
// someone moved a marker away from its line, the first later line that names
// the marker's address goes with it.
func Strip(text []byte) (foreign []byte, owned []netip.Addr) {
	if text != nil {
		foreign = make([]byte, 0, len(text))
	}
	var missing []netip.Addr
	for line := range bytes.Lines(text) {
		if addr, ok := parseMarker(line); ok {
			missing = append(missing, addr)
			continue
		}
		addr, ok := nameserver(line)
		if i := slices.Index(missing, addr); ok && i >= 0 {
			missing = slices.Delete(missing, i, i+1)
			owned = append(owned, addr)
			continue
		}
		foreign = append(foreign, line...)
	}
	return foreign, owned
}

func parseMarker(line []byte) (netip.Addr, bool) {
	rest, ok := bytes.CutPrefix(line, []byte(marker))
	if !ok {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(string(bytes.TrimSpace(rest)))
	return addr, err == nil
}
