// SPDX-License-Identifier: Apache-2.0

package hosts

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
)

// Claim is a line of others that names one of our names.
type Claim struct {
	// Line counts from 1.
	Line int
	Name string
	Addr netip.Addr
}

// Claims lists the lines of a text without owned lines that give one of the
// entries' names an address that no entry gives it. glibc takes the first line
// that names a host, and ours come last; Go's resolver takes all of them.
func Claims(foreign []byte, entries []Entry) []Claim {
	var claims []Claim
	number := 0
	for line := range bytes.Lines(foreign) {
		number++
		addr, names := parse(line)
		for _, name := range names {
			if given := addresses(entries, name); len(given) > 0 && !slices.Contains(given, addr) {
				claims = append(claims, Claim{Line: number, Name: name, Addr: addr})
			}
		}
	}
	return claims
}

func addresses(entries []Entry, name string) []netip.Addr {
	var addrs []netip.Addr
	for _, e := range entries {
		if slices.Contains(e.Names, name) {
			addrs = append(addrs, e.Addr)
		}
	}
	return addrs
}

// parse reads a line as resolvers do: an address, then names, in lower case;
// a # begins a comment. What has no address has no names.
func parse(line []byte) (netip.Addr, []string) {
	text, _, _ := strings.Cut(string(line), "#")
	words := strings.Fields(strings.ToLower(text))
	if len(words) < 2 {
		return netip.Addr{}, nil
	}
	addr, err := netip.ParseAddr(words[0])
	if err != nil {
		return netip.Addr{}, nil
	}
	return addr, words[1:]
}
