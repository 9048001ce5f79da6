// SPDX-License-Identifier: Apache-2.0

package hosts

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
)

// mark ends a line that is ours.
const mark = " # adze node-resolv owns this line\n"

// Entry is one line: an address and the names that lead to it, the canonical
// one first.
type Entry struct {
	Addr  netip.Addr
	Names []string
}

// Names are the names under which pods know a Service, the longest first; a
// node has no search list, so each stands in full. The domain is the cluster's.
// https://github.com/kubernetes/dns/blob/master/docs/specification.md
func Names(namespace, name, domain string) []string {
	short := name + "." + namespace
	return []string{short + ".svc." + domain, short + ".svc", short}
}

// Install puts a line for each entry behind the last whole line of a text that
// has no owned lines; a last line that does not end stays last. Without entries
// the text stays as it is, nil too, which is no file. An entry without an address or a name, or with a
// name that no hosts file can hold, is left out.
func Install(foreign []byte, entries []Entry) []byte {
	var lines strings.Builder
	for _, e := range entries {
		if e.valid() {
			lines.WriteString(e.line())
		}
	}
	at := bytes.LastIndexByte(foreign, '\n') + 1
	return slices.Insert(slices.Clone(foreign), at, []byte(lines.String())...)
}

// Strip takes the owned lines out and tells what they said. A line that bears
// our mark but was edited so that it is none of ours belongs to others.
func Strip(text []byte) (foreign []byte, owned []Entry) {
	if text != nil {
		foreign = make([]byte, 0, len(text))
	}
	for line := range bytes.Lines(text) {
		if e, ok := parseOwned(line); ok {
			owned = append(owned, e)
			continue
		}
		foreign = append(foreign, line...)
	}
	return foreign, owned
}

// String is the entry as a file has it.
func (e Entry) String() string { return e.Addr.String() + " " + strings.Join(e.Names, " ") }

func (e Entry) line() string { return e.String() + mark }

func (e Entry) valid() bool {
	return e.Addr.IsValid() && len(e.Names) > 0 && !slices.ContainsFunc(e.Names, odd)
}

// odd tells whether a name cannot be one word of a line.
func odd(name string) bool {
	return name == "" || strings.ContainsFunc(name, func(r rune) bool {
		lower, digit := r >= 'a' && r <= 'z', r >= '0' && r <= '9'
		return !lower && !digit && r != '-' && r != '.' && r != '_'
	})
}

// parseOwned parses a line that is as we write it.
func parseOwned(line []byte) (Entry, bool) {
	text, ok := strings.CutSuffix(string(line), mark)
	if !ok {
		return Entry{}, false
	}
	words := strings.Split(text, " ")
	addr, err := netip.ParseAddr(words[0])
	e := Entry{Addr: addr, Names: words[1:]}
	return e, err == nil && e.valid() && e.line() == string(line)
}
