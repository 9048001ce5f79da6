// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// lineIndex turns the parser's lines and columns into offsets.
type lineIndex struct {
	src    []byte
	starts []int
}

// newLineIndex breaks lines as the parser does, which follows YAML 1.1: at CR,
// LF, CR LF, NEL, LS and PS. A byte order mark at the start counts nowhere.
func newLineIndex(src []byte) *lineIndex {
	x := &lineIndex{src: src, starts: []int{0}}
	if bytes.HasPrefix(src, []byte("\ufeff")) {
		x.starts[0] = len("\ufeff")
	}
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		if r == '\r' && i+1 < len(src) && src[i+1] == '\n' {
			size = 2
		}
		i += size
		switch r {
		case '\r', '\n', '\u0085', '\u2028', '\u2029':
			x.starts = append(x.starts, i)
		}
	}
	return x
}

// offset is where a node begins; columns count characters. False when there is
// no such place.
func (x *lineIndex) offset(n *yaml.Node) (int, bool) {
	if n.Line < 1 || n.Line > len(x.starts) {
		return 0, false
	}
	at := x.starts[n.Line-1]
	for range n.Column - 1 {
		_, size := utf8.DecodeRune(x.src[at:])
		at += size
	}
	return at, at < len(x.src)
}

// place finds the bytes of a target's value and what to put there.
func place(file string, src []byte, lines *lineIndex, t target) (Change, error) {
	at, ok := lines.offset(t.node)
	if !ok {
		return Change{}, refuse(file, t.node, "the value is not where the parser says")
	}
	at = skipProperties(src, at)
	start, end, text := extent(src[at:], t)
	if end == 0 {
		return Change{}, refuse(file, t.node, "the value %q cannot be replaced safely as it is written", t.node.Value)
	}
	return Change{Place: t.described(), Start: at + start, End: at + end, Text: text}, nil
}

// skipProperties steps over an anchor and a tag before the value.
func skipProperties(src []byte, at int) int {
	for at < len(src) && (src[at] == '&' || src[at] == '!') {
		for at < len(src) && !isSpace(src[at]) {
			at++
		}
		for at < len(src) && isSpace(src[at]) {
			at++
		}
	}
	return at
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }
