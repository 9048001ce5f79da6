// SPDX-License-Identifier: Apache-2.0

package manifest

// place finds the bytes of a target's value and what to put there.
func place(file string, src []byte, lines *lineIndex, t target) (Change, error) {
	at, ok := lines.offset(t.node)
	if c, filled := fill(src, at, t); filled {
		return c, nil
	}
	if !ok {
		return Change{}, refuse(file, t.node, "the value is not where the parser says")
	}
	at = skipProperties(src, at)
	start, end, text := extent(src[at:], t, at > 0 && src[at-1] == ':')
	if end == 0 {
		return Change{}, refuse(file, t.node, "the value %q cannot be replaced safely as it is written", t.node.Value)
	}
	return Change{Place: t.described(), Start: at + start, End: at + end, Text: text}, nil
}

// skipProperties steps over an anchor and a tag before the value, and over a
// comment between them.
func skipProperties(src []byte, at int) int {
	for at < len(src) && (src[at] == '&' || src[at] == '!') {
		for at < len(src) && !isSpace(src[at]) {
			at++
		}
		at = skipComments(src, at)
	}
	return at
}

// skipComments steps over blanks and over comments, which need a blank before them.
func skipComments(src []byte, at int) int {
	for start := at; at < len(src); at++ {
		switch {
		case src[at] == '#' && at > start:
			for at+1 < len(src) && src[at+1] != '\n' && src[at+1] != '\r' {
				at++
			}
		case !isSpace(src[at]):
			return at
		}
	}
	return at
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }
