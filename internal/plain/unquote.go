// SPDX-License-Identifier: Apache-2.0

package plain

import "strings"

// escapes are git's for one byte, besides those in octal.
var escapes = map[byte]byte{
	'a': '\a', 'b': '\b', 't': '\t', 'n': '\n', 'v': '\v', 'f': '\f', 'r': '\r', '"': '"', '\\': '\\',
}

// Unquote reads a text in quotes from the beginning of s, as git writes them, and
// gives what follows the closing quote; false when there is no such text.
func Unquote(s string) (text, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", s, false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			c, n := unescape(s[i+1:])
			if n == 0 {
				return "", s, false
			}
			b.WriteByte(c)
			i += n
		default:
			b.WriteByte(s[i])
		}
	}
	return "", s, false
}

// unescape reads what follows a backslash: the byte, and how much stood for it; 0 for no escape.
func unescape(s string) (byte, int) {
	if s == "" {
		return 0, 0
	}
	if c, ok := escapes[s[0]]; ok {
		return c, 1
	}
	if len(s) < 3 || s[0] > '3' {
		return 0, 0
	}
	value := 0
	for _, digit := range []byte(s[:3]) {
		if digit < '0' || digit > '7' {
			return 0, 0
		}
		value = value<<3 | int(digit-'0')
	}
	return byte(value), 3
}
