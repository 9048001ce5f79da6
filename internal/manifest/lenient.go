// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"regexp"
)

// The parser follows YAML 1.1 in some ways, and refuses what 1.2 allows.
var (
	newerVersion = regexp.MustCompile(`(?m)^\x{feff}?%YAML +1\.[2-9]\b`)
	blankWithTab = regexp.MustCompile(`(?m)^[ \t]*\t[ \t]*(#|\r?$)`)
	// lateMark is a byte order mark before a later document; the one at the
	// file's beginning is known to the parser.
	lateMark = regexp.MustCompile(`([\r\n])\x{feff}`)
)

// lenient makes a text that the parser takes of one that it may not, in which
// all else stands where it stood: a newer version is called 1.1, the line breaks
// that are none in 1.2 are other characters, and no tabs stand on blank lines or before
// the comments on lines of their own.
func lenient(src []byte) []byte {
	text := newerVersion.ReplaceAllFunc(src, func(directive []byte) []byte {
		return append(bytes.Clone(directive[:len(directive)-1]), '1')
	})
	for _, c := range []struct{ newline, other string }{{"\u0085", "\u00b7"}, {"\u2028", "\u2026"}, {"\u2029", "\u2026"}} {
		text = bytes.ReplaceAll(text, []byte(c.newline), []byte(c.other))
	}
	return blankWithTab.ReplaceAllFunc(text, func(line []byte) []byte { return bytes.ReplaceAll(line, []byte("\t"), []byte(" ")) })
}

// withoutMarks leaves out the byte order marks at the beginning of lines, which
// count in no column.
func withoutMarks(src []byte) []byte {
	if bytes.LastIndex(src, byteOrderMark) <= 0 {
		return src
	}
	return lateMark.ReplaceAll(src, []byte("$1"))
}
