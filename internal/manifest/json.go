// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"

	"go.yaml.in/yaml/v3"
)

// JSON is read by a scanner of its own. A YAML parser refuses some of it (an
// escaped slash, half of a surrogate pair, a colon on a line of its own, a key of
// more than 1024 characters) and takes what is none, so that an edit could leave
// a file that no reader of JSON takes.

// bareJSON marks the number, true, false or null of a JSON text: what is put in
// its place needs quotes. YAML's own styles have no bit for that.
const bareJSON yaml.Style = 1 << 16

// maxDepth bounds how deep values stand in each other; encoding/json has the same bound.
const maxDepth = 10000

// isJSON tells whether a file must be JSON, by its name.
func isJSON(name string) bool { return path.Ext(name) == ".json" }

// looksLikeJSON tells whether a file may be JSON whatever its name.
func looksLikeJSON(src []byte) bool {
	src = bytes.TrimLeft(bytes.TrimPrefix(src, byteOrderMark), " \t\r\n")
	return len(src) > 0 && (src[0] == '{' || src[0] == '[')
}

// fault is where a text stops being what it should be.
type fault struct {
	line, column int
	reason       string
}

func (f *fault) Error() string { return f.reason }

// jsonScanner builds the nodes that the YAML parser would.
type jsonScanner struct {
	src   []byte
	at    int
	lines *lineIndex
}

// decodeJSON reads the values of a file, which stand one after the other; a
// line of three dashes may part them, as it may for kubectl.
func decodeJSON(src []byte) ([]*yaml.Node, error) {
	s := &jsonScanner{src: src, lines: newLineIndex(src)}
	s.at = s.lines.starts[0]
	var docs []*yaml.Node
	for s.between(); s.at < len(s.src); s.between() {
		root, err := s.value(0)
		if err != nil {
			return nil, err
		}
		docs = append(docs, &yaml.Node{Kind: yaml.DocumentNode, Line: root.Line, Column: root.Column, Content: []*yaml.Node{root}})
	}
	return docs, nil
}

// between steps over what may stand between two values.
func (s *jsonScanner) between() {
	for s.blanks(); bytes.HasPrefix(s.src[s.at:], []byte("---")); s.blanks() {
		s.at += len("---")
	}
}

func (s *jsonScanner) blanks() {
	for s.at < len(s.src) && isSpace(s.src[s.at]) {
		s.at++
	}
}

// next is the next byte, 0 at the end.
func (s *jsonScanner) next() byte {
	if s.at < len(s.src) {
		return s.src[s.at]
	}
	return 0
}

func (s *jsonScanner) node(kind yaml.Kind, tag string) *yaml.Node {
	line, column := s.lines.place(s.at)
	return &yaml.Node{Kind: kind, Tag: tag, Line: line, Column: column}
}

func (s *jsonScanner) fault(format string, args ...any) error {
	line, column := s.lines.place(s.at)
	return &fault{line, column, fmt.Sprintf(format, args...)}
}

func (s *jsonScanner) value(depth int) (*yaml.Node, error) {
	if depth > maxDepth {
		return nil, s.fault("more than %d values stand in each other", maxDepth)
	}
	s.blanks()
	switch s.next() {
	case '{':
		return s.container(s.node(yaml.MappingNode, "!!map"), '}', depth)
	case '[':
		return s.container(s.node(yaml.SequenceNode, "!!seq"), ']', depth)
	case '"':
		return s.text()
	default:
		return s.bare()
	}
}

// container reads what stands between braces or brackets.
func (s *jsonScanner) container(n *yaml.Node, last byte, depth int) (*yaml.Node, error) {
	s.at++
	if s.blanks(); s.next() == last {
		s.at++
		return n, nil
	}
	for {
		if err := s.member(n, depth); err != nil {
			return nil, err
		}
		s.blanks()
		switch s.next() {
		case ',':
			s.at++
		case last:
			s.at++
			return n, nil
		default:
			return nil, s.fault("want ',' or '%c' after a value", last)
		}
	}
}

// member reads an element, which has a key in an object.
func (s *jsonScanner) member(n *yaml.Node, depth int) error {
	if n.Kind == yaml.MappingNode {
		if s.blanks(); s.next() != '"' {
			return s.fault("want a key in double quotes")
		}
		key, err := s.text()
		if err != nil {
			return err
		}
		if s.blanks(); s.next() != ':' {
			return s.fault("want ':' after a key")
		}
		s.at++
		n.Content = append(n.Content, key)
	}
	v, err := s.value(depth + 1)
	n.Content = append(n.Content, v)
	return err
}

// text reads what stands in double quotes.
func (s *jsonScanner) text() (*yaml.Node, error) {
	n, start := s.node(yaml.ScalarNode, "!!str"), s.at
	n.Style = yaml.DoubleQuotedStyle
	for s.at++; s.at < len(s.src) && s.src[s.at] != '"'; s.at++ {
		switch c := s.src[s.at]; {
		case c < ' ':
			return nil, s.fault("a text holds a control character; write it as an escape")
		case c == '\\':
			s.at++
		}
	}
	if s.at >= len(s.src) {
		s.at = start
		return nil, s.fault("a text does not end")
	}
	s.at++
	if inside := s.src[start+1 : s.at-1]; bytes.IndexByte(inside, '\\') < 0 {
		n.Value = string(inside)
		return n, nil
	}
	if err := json.Unmarshal(s.src[start:s.at], &n.Value); err != nil {
		s.at = start
		return nil, s.fault("a text holds what is no escape")
	}
	return n, nil
}

// bare reads a number, true, false or null.
func (s *jsonScanner) bare() (*yaml.Node, error) {
	n, start := s.node(yaml.ScalarNode, "!!int"), s.at
	for s.at < len(s.src) && isBare(s.src[s.at]) {
		s.at++
	}
	word := s.src[start:s.at]
	n.Value, n.Style = string(word), bareJSON
	if !json.Valid(word) {
		s.at = start
		return nil, s.fault("want a value")
	}
	switch {
	case word[0] == 'n':
		n.Tag = "!!null"
	case word[0] == 't' || word[0] == 'f':
		n.Tag = "!!bool"
	case bytes.ContainsAny(word, ".eE"):
		n.Tag = "!!float"
	}
	return n, nil
}

func isBare(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.'
}
