// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parseTree reads a tree object: "<mode> <name>\0<20 bytes>" for each entry.
// What git fsck(1) calls a duplicate entry, not properly sorted, or leading out
// of the tree is refused: two such trees could differ and not show it.
// The names share the text.
func parseTree(text string) ([]Entry, error) {
	entries := make([]Entry, 0, strings.Count(text, "\x00"))
	for len(text) > 0 {
		mode, rest, ok := strings.Cut(text, " ")
		name, rest, ok2 := strings.Cut(rest, "\x00")
		if !ok || !ok2 || len(rest) < len(ID{}) || name == "" || name == "." || name == ".." || strings.Contains(name, "/") {
			return nil, fmt.Errorf("%w: tree entry %d", ErrCorrupt, len(entries))
		}
		m, err := parseMode(mode)
		if err != nil {
			return nil, fmt.Errorf("%w of tree entry %q", err, name)
		}
		e := Entry{Name: name, Mode: m}
		copy(e.ID[:], rest)
		if !follows(entries, e) {
			return nil, fmt.Errorf("%w: tree entry %q is there twice or in the wrong place", ErrCorrupt, name)
		}
		entries = append(entries, e)
		text = rest[len(ID{}):]
	}
	return entries, nil
}

// follows tells whether an entry may come behind others.
func follows(entries []Entry, e Entry) bool {
	if len(entries) == 0 {
		return true
	}
	if order(entries[len(entries)-1], e) >= 0 {
		return false
	}
	if e.Mode != Dir {
		return true
	}
	_, twice := slices.BinarySearchFunc(entries, Entry{Name: e.Name, Mode: File}, order)
	return !twice
}

// order is that of a tree's entries: by name, where a folder's name ends with a slash.
func order(a, b Entry) int {
	n := min(len(a.Name), len(b.Name))
	if c := strings.Compare(a.Name[:n], b.Name[:n]); c != 0 {
		return c
	}
	return int(at(a, n)) - int(at(b, n))
}

func at(e Entry, n int) byte {
	switch {
	case n < len(e.Name):
		return e.Name[n]
	case e.Mode == Dir:
		return '/'
	}
	return 0
}

// parseMode reads a mode and maps those of old repositories to today's, as git's
// own diff does.
func parseMode(s string) (Mode, error) {
	m, err := strconv.ParseUint(s, 8, 32)
	if err != nil {
		return 0, fmt.Errorf("%w: mode %q", ErrCorrupt, s)
	}
	switch kind := Mode(m) & 0o170000; kind {
	case Dir, Symlink, Gitlink:
		return kind, nil
	case 0o100000:
		if m&0o100 != 0 {
			return Exec, nil
		}
		return File, nil
	}
	return 0, fmt.Errorf("%w: mode %q", ErrCorrupt, s)
}
