// SPDX-License-Identifier: Apache-2.0

// Package plain makes words of strangers fit to be shown: what a Dockerfile, an
// image or a file's name says may hold line ends, terminal sequences or text
// that reads backwards, and would say something else than it does.
package plain

import (
	"strings"
	"unicode"
)

// Line is s on one line, at most so many runes long: whatever cannot be seen is a
// blank, blanks in a row are one, and a rest that is left out shows as "…".
func Line(s string, most int) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) })
	runes := []rune(strings.Join(words, " "))
	if len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return string(runes)
}
