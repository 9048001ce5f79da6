// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

var byteOrderMark = []byte("\ufeff")

// lineIndex turns lines and columns into offsets, and back. Places that are
// asked for in their order take one walk through the text, however long its lines.
type lineIndex struct {
	src    []byte
	starts []int
	// The place that was found last, and how many steps it took until then.
	line, column, at, steps int
}

// newLineIndex breaks lines as the parser does, which follows YAML 1.1: at CR,
// LF, CR LF, NEL, LS and PS. A byte order mark at a line's start counts nowhere.
func newLineIndex(src []byte) *lineIndex {
	x := &lineIndex{src: src, starts: []int{afterMark(src, 0)}}
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		if r == '\r' && i+1 < len(src) && src[i+1] == '\n' {
			size = 2
		}
		i += size
		switch r {
		case '\r', '\n', '\u0085', '\u2028', '\u2029':
			x.starts = append(x.starts, afterMark(src, i))
		}
	}
	x.goTo(1)
	return x
}

// afterMark steps over a byte order mark.
func afterMark(src []byte, at int) int {
	return len(src) - len(bytes.TrimPrefix(src[at:], byteOrderMark))
}

// goTo begins at a line's first character.
func (x *lineIndex) goTo(line int) { x.line, x.column, x.at = line, 1, x.starts[line-1] }

// step goes one character on.
func (x *lineIndex) step() {
	_, size := utf8.DecodeRune(x.src[x.at:])
	x.at, x.column, x.steps = x.at+size, x.column+1, x.steps+1
}

// offset is where a node begins; columns count characters. False when there is
// no such place.
func (x *lineIndex) offset(n *yaml.Node) (int, bool) {
	if n.Line < 1 || n.Line > len(x.starts) {
		return 0, false
	}
	if n.Line != x.line || n.Column < x.column {
		x.goTo(n.Line)
	}
	for x.column < n.Column && x.at < len(x.src) {
		x.step()
	}
	return x.at, x.at < len(x.src)
}

// place is the line and the column of an offset.
func (x *lineIndex) place(at int) (line, column int) {
	after := sort.Search(len(x.starts), func(i int) bool { return x.starts[i] > at })
	if line = max(after, 1); line != x.line || at < x.at {
		x.goTo(line)
	}
	for x.at < at {
		x.step()
	}
	return x.line, x.column
}
