// SPDX-License-Identifier: Apache-2.0

package plain

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Path writes a path as git does: plain where it can be, else in quotes, with
// control characters and what is not UTF-8 escaped in octal (core.quotePath in
// git-config(1)). What cannot be seen, or reads backwards, is escaped as well.
// Nothing is lost: two paths are never written alike.
func Path(path string) string {
	if utf8.ValidString(path) && !strings.ContainsFunc(path, odd) {
		return path
	}
	return Quote(path)
}

// Quote writes any text in quotes, as git quotes a path. [Unquote] reads it back.
func Quote(path string) string {
	var b strings.Builder
	b.WriteByte('"')
	for len(path) > 0 {
		r, n := utf8.DecodeRuneInString(path)
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + path[:n])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == utf8.RuneError && n == 1 || odd(r):
			for i := range n {
				fmt.Fprintf(&b, `\%03o`, path[i])
			}
		default:
			b.WriteString(path[:n])
		}
		path = path[n:]
	}
	b.WriteByte('"')
	return b.String()
}

// odd tells a character for which a path is quoted. A blank is none, other
// spaces are.
func odd(r rune) bool {
	return r == '"' || r == '\\' || !unicode.IsGraphic(r) || r != ' ' && unicode.IsSpace(r)
}
