// SPDX-License-Identifier: Apache-2.0

package graphql

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

type tokenKind int

const (
	punctToken tokenKind = iota
	nameToken
	numberToken
	stringToken
)

type token struct {
	kind tokenKind
	text string
	line int
}

// scan cuts a request into tokens. Commas and comments mean nothing.
func scan(text string) ([]token, error) {
	var out []token
	line := 1
	for i := 0; i < len(text); {
		t, n, err := scanOne(text[i:])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if t.text != "" || t.kind == stringToken {
			t.line = line
			out = append(out, t)
		}
		line += strings.Count(text[i:i+n], "\n")
		i += n
	}
	return out, nil
}

// scanOne reads one token, or what lies between two, and says how long it was.
func scanOne(s string) (token, int, error) {
	c := rune(s[0])
	switch {
	case strings.ContainsRune(" \t\r\n,\ufeff", c) || c >= 0x80:
		return token{}, 1, nil
	case c == '#':
		n := strings.IndexByte(s+"\n", '\n')
		return token{}, min(n+1, len(s)), nil
	case strings.HasPrefix(s, "..."):
		return token{kind: punctToken, text: "..."}, 3, nil
	case strings.ContainsRune("!$&():=@[]{|}", c):
		return token{kind: punctToken, text: s[:1]}, 1, nil
	case strings.HasPrefix(s, `"""`):
		return scanBlock(s)
	case c == '"':
		return scanString(s)
	case c == '-' || unicode.IsDigit(c):
		n := span(s, "-+.eE0123456789")
		return token{kind: numberToken, text: s[:n]}, n, nil
	}
	n := span(s, "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
	if n == 0 {
		return token{}, 0, fmt.Errorf("unexpected character %q", s[:1])
	}
	return token{kind: nameToken, text: s[:n]}, n, nil
}

func span(s, of string) int {
	n := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(of, r) })
	if n < 0 {
		return len(s)
	}
	return n
}

func scanBlock(s string) (token, int, error) {
	end := strings.Index(s[3:], `"""`)
	if end < 0 {
		return token{}, 0, fmt.Errorf("a block string does not end")
	}
	return token{kind: stringToken, text: strings.TrimSpace(s[3 : 3+end])}, end + 6, nil
}

// scanString relies on GraphQL's strings being written as JSON's are.
func scanString(s string) (token, int, error) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			var text string
			if err := json.Unmarshal([]byte(s[:i+1]), &text); err != nil {
				return token{}, 0, fmt.Errorf("reading a string: %w", err)
			}
			return token{kind: stringToken, text: text}, i + 1, nil
		}
	}
	return token{}, 0, fmt.Errorf("a string does not end")
}

// value reads an argument's value.
func (p *parser) value() any {
	t := p.next()
	switch {
	case t.kind == stringToken:
		return t.text
	case t.kind == numberToken:
		return number(t.text)
	case t.text == "$":
		return reference(p.name())
	case t.text == "[":
		out := []any{}
		for !p.take("]") && p.err == nil {
			out = append(out, p.value())
		}
		return out
	case t.text == "{":
		return p.pairs("}")
	case t.text == "true" || t.text == "false":
		return t.text == "true"
	case t.text == "null":
		return nil
	case t.kind == nameToken: // an enum's value
		return t.text
	}
	p.fail("Expected a value, actual: %q at [%d]", t.text, t.line)
	return nil
}

func number(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return float64(n)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return f
}
