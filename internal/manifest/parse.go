// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/adze-ci/adze/internal/yamlfault"
)

// parsed is what was made of a file.
type parsed struct {
	docs []*yaml.Node
	// text is the file as the parser took it, in which all stands where it
	// stands in the file.
	text []byte
}

// parse reads every document of a file, see [read].
func parse(name string, src []byte) ([]*yaml.Node, error) {
	p, err := read(name, src)
	return p.docs, err
}

// read reads every document of a file: as JSON where it is named so or is valid,
// else as YAML. Its errors are refusals.
func read(name string, src []byte) (parsed, error) {
	p, err := decode(name, src)
	if f := (*fault)(nil); errors.As(err, &f) {
		return parsed{}, &Refusal{File: name, Line: f.line, Column: f.column, Reason: "cannot be parsed: " + f.reason}
	}
	return p, err
}

func decode(name string, src []byte) (parsed, error) {
	if err := checkText(src); err != nil {
		return parsed{}, err
	}
	if isJSON(name) || looksLikeJSON(src) {
		if docs, err := decodeJSON(src); err == nil || isJSON(name) {
			return parsed{docs, src}, err
		}
	}
	docs, err := decodeYAML(src)
	if err == nil {
		return parsed{docs, src}, nil
	}
	text := lenient(src)
	if docs, again := decodeYAML(text); again == nil {
		return parsed{docs, text}, nil
	}
	return parsed{}, err
}

// checkText refuses what is no UTF-8.
func checkText(src []byte) error {
	if isUTF16(src) {
		return &fault{1, 1, "this is UTF-16; write it as UTF-8"}
	}
	if utf8.Valid(src) {
		return nil
	}
	at := 0
	for r, size := utf8.DecodeRune(src); r != utf8.RuneError || size != 1; r, size = utf8.DecodeRune(src[at:]) {
		at += size
	}
	line, column := newLineIndex(src[:at]).place(at)
	return &fault{line, column, "this byte is no UTF-8"}
}

// isUTF16 knows a file by its byte order mark, or by half of its first character.
func isUTF16(src []byte) bool {
	return len(src) > 1 && (src[0] == 0) != (src[1] == 0) || hasMark(src)
}

// hasMark tells whether a file begins with UTF-16's byte order mark.
func hasMark(src []byte) bool {
	return bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff"))
}

func decodeYAML(src []byte) ([]*yaml.Node, error) {
	src = withoutMarks(src)
	var docs []*yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(src))
	for {
		doc := new(yaml.Node)
		err := dec.Decode(doc)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			f := yamlfault.Of(src, dec, err)
			return nil, &fault{f.Line, f.Column, f.Reason}
		}
		if n := foreign(doc); n != nil && len(docs) > 0 {
			return nil, &fault{n.Line, n.Column, "unknown anchor '" + n.Value + "' referenced; an anchor holds for its own document only"}
		}
		docs = append(docs, doc)
	}
}

// foreign is an alias that stands for something in another document, which the
// parser lets pass; nil when there is none.
func foreign(doc *yaml.Node) *yaml.Node {
	own := map[*yaml.Node]bool{}
	var alias *yaml.Node
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		own[n] = n.Anchor != ""
		if n.Kind == yaml.AliasNode && !own[n.Alias] && alias == nil {
			alias = n
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(doc)
	return alias
}
