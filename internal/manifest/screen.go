// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
)

// screen looks at a file's text, before it is parsed, for images that it may name.
type screen struct {
	text []byte
	// literal is the text without what is filled in later, where anything is.
	literal []byte
	// split tells whether a registry may stand apart from its repositories, and
	// marked whether there may be markers.
	split, marked bool
}

// later is what is filled in later: by a template, by Flux, or by Kubernetes.
var later = regexp.MustCompile(`\{\{.*?\}\}|\$\{.*?\}|\$\(.*?\)`)

func newScreen(src []byte) screen {
	text := unescaped(src)
	s := screen{text: text, split: bytes.Contains(text, []byte("egistry")), marked: hasMarker(text)}
	if Templated(text) || bytes.Contains(text, []byte("${")) || bytes.Contains(text, []byte("$(")) {
		s.literal = later.ReplaceAll(text, nil)
	}
	return s
}

// mentioned keeps the images that the file may name.
func (s screen) mentioned(wants []Want) []Want {
	var kept []Want
	for _, w := range wants {
		if s.writes(w) || s.hints(w) || s.shortens(w) {
			kept = append(kept, w)
		}
	}
	return kept
}

// writes tells whether an image's whole repository stands there, in one piece or
// in two, or a marker with its service.
func (s screen) writes(w Want) bool {
	if s.marked && w.Service != "" && Mentions(s.text, w.Service) {
		return true
	}
	return Mentions(s.text, w.Repository) || s.split && s.all(strings.Split(w.Repository, "/"))
}

// hints tells whether an image's last name stands where something is filled in
// later, which may be the rest.
func (s screen) hints(w Want) bool { return Mentions(s.literal, w.lastName()) }

// naming is a line that gives an image, or a part of one, a value.
var naming = regexp.MustCompile(`(?i)(image|repository|reference|newName)["']?\s*:`)

// templated tells whether a line names one of the images but for what stands
// between template braces.
func (s screen) templated(wants []Want) bool {
	for line := range bytes.Lines(s.text) {
		if !Templated(line) || !naming.Match(line) {
			continue
		}
		literal := later.ReplaceAll(line, nil)
		if slices.ContainsFunc(wants, func(w Want) bool { return Mentions(literal, w.lastName()) }) {
			return true
		}
	}
	return false
}

func (s screen) all(words []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool { return !Mentions(s.text, word) })
}

// unescaped is a text in which a name stands as it is meant: without the escapes
// of quoted scalars and of JSON, and in UTF-8.
func unescaped(src []byte) []byte {
	if isUTF16(src) {
		src = fromUTF16(src)
	}
	if bytes.IndexByte(src, '\\') < 0 {
		return src
	}
	text := make([]byte, 0, len(src))
	for at := 0; at < len(src); {
		if src[at] != '\\' || at+1 == len(src) {
			text, at = append(text, src[at]), at+1
			continue
		}
		char, size := escape(src[at+1:])
		text, at = append(text, char...), at+1+size
	}
	return text
}

// escape reads what follows a backslash: what it stands for, and how long it is.
func escape(b []byte) (char []byte, size int) {
	switch b[0] {
	case '\r', '\n': // a line that goes on
		return nil, len(b) - len(bytes.TrimLeft(b, " \t\r\n"))
	case '/':
		return b[:1], 1
	case 'x', 'u', 'U':
		digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[b[0]]
		if r, ok := hex(b[1:], digits); ok {
			return []byte(string(r)), 1 + digits
		}
	}
	return []byte{' '}, 1
}

// hex reads a number of so many digits.
func hex(b []byte, digits int) (r rune, ok bool) {
	if len(b) < digits {
		return 0, false
	}
	for _, c := range b[:digits] {
		value := strings.IndexByte("0123456789abcdef", c|' ')
		if value < 0 {
			return 0, false
		}
		r = r<<4 | rune(value) //nolint:gosec // one of sixteen digits
	}
	return r, true
}

// fromUTF16 reads a text, with its byte order mark or without.
func fromUTF16(src []byte) []byte {
	little := src[0] == 0xff || src[1] == 0
	if hasMark(src) {
		src = src[2:]
	}
	units := make([]uint16, 0, len(src)/2)
	for i := 0; i+1 < len(src); i += 2 {
		a, b := uint16(src[i]), uint16(src[i+1])
		if little {
			a, b = b, a
		}
		units = append(units, a<<8|b)
	}
	return []byte(string(utf16.Decode(units)))
}
