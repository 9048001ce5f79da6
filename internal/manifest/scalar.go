// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"
)

// extent is the part of b, which begins with the target's scalar, that its
// value takes, and the text for it. An end of 0 stands for: not found. What stands
// right behind its key's colon is written as in JSON, where a word needs quotes.
func extent(b []byte, t target, behindColon bool) (start, end int, text string) {
	if len(b) == 0 {
		return 0, 0, ""
	}
	switch t.node.Style &^ yaml.TaggedStyle {
	case yaml.DoubleQuotedStyle:
		return 0, quotedEnd(b, '"'), `"` + t.want + `"`
	case yaml.SingleQuotedStyle:
		return 0, quotedEnd(b, '\''), `'` + t.want + `'`
	case yaml.LiteralStyle, yaml.FoldedStyle:
		start, end = blockExtent(b, strings.TrimSpace(t.node.Value))
		return start, end, t.want
	}
	jsonLike := behindColon && t.node.ShortTag() != "!!str"
	if t.node.Value == "" || !bytes.HasPrefix(b, []byte(t.node.Value)) {
		return 0, 0, ""
	}
	if t.node.Style == bareJSON || jsonLike || ambiguous(t.want) {
		return 0, len(t.node.Value), `"` + t.want + `"`
	}
	return 0, len(t.node.Value), t.want
}

// quotedEnd is the offset after the closing quote: a double quote is escaped by
// a backslash, a single one by another.
func quotedEnd(b []byte, quote byte) int {
	if b[0] != quote {
		return 0
	}
	for i := 1; i < len(b); i++ {
		switch {
		case quote == '"' && b[i] == '\\':
			i++
		case b[i] != quote:
		case quote == '\'' && i+1 < len(b) && b[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return 0
}

// blockExtent finds the one word that a literal or folded scalar holds.
func blockExtent(b []byte, word string) (start, end int) {
	header := bytes.IndexAny(b, "\r\n")
	if (b[0] != '|' && b[0] != '>') || header < 0 || word == "" || strings.ContainsAny(word, " \t\r\n") {
		return 0, 0
	}
	start = header
	for start < len(b) && isSpace(b[start]) {
		start++
	}
	end = start + len(word)
	if !bytes.HasPrefix(b[start:], []byte(word)) || (end < len(b) && !isSpace(b[end])) {
		return 0, 0
	}
	return start, end
}

// stays tells whether a scalar that already has the wanted text is fine as it
// is: a plain number as a tag is not the string that it should be.
func stays(n *yaml.Node) bool {
	return n.Style&^(yaml.TaggedStyle|bareJSON) != 0 || n.ShortTag() == "!!str"
}

// ambiguous tells whether some YAML parser reads a plain word as something else
// than a string: this one, which knows YAML 1.2 and the numbers and dates of
// 1.1, or one that follows YAML 1.1 to the letter (its booleans, its base 60).
func ambiguous(word string) bool {
	switch strings.ToLower(word) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "":
		return true
	}
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(word), &n); err != nil || len(n.Content) != 1 {
		return true
	}
	if n.Content[0].Kind != yaml.ScalarNode || n.Content[0].ShortTag() != "!!str" {
		return true
	}
	return numeric(word)
}

// numeric tells whether a word could be a number in any of YAML's versions:
// nothing but digits, separators, an exponent or a base's letter.
func numeric(word string) bool {
	body := strings.TrimLeft(word, "+-.")
	if body == "" || body[0] < '0' || body[0] > '9' {
		return false
	}
	return strings.Trim(body, "0123456789_.:eE+-") == "" ||
		strings.HasPrefix(body, "0x") || strings.HasPrefix(body, "0o") || strings.HasPrefix(body, "0b")
}
