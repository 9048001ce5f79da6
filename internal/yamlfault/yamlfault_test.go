// SPDX-License-Identifier: Apache-2.0

package yamlfault_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"testing"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/adze-ci/adze/internal/yamlfault"
)

// parse reads all documents of a text.
func parse(src string) (*yaml.Decoder, error) {
	dec := yaml.NewDecoder(bytes.NewReader([]byte(src)))
	for {
		if err := dec.Decode(new(yaml.Node)); err != nil {
			return dec, err
		}
	}
}

func TestAFaultHasItsPlace(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"a: b\n- x\n", "2:1 did not find expected key while parsing a block mapping that begins at 1:1"},
		{"a:\n  b: c\n  d: e\n  - x\nf: g\n", "4:3 did not find expected key while parsing a block mapping that begins at 2:3"},
		{"x: y\na: b: c\n", "2:5 mapping values are not allowed in this context"},
		{"a: 'b\nc: d\n", "1:4 found unexpected end of stream"},
		{"a: b\nc: [d, e\nf: g\nh: i\n", "3:2 did not find expected ',' or ']' while parsing a flow sequence that begins at 2:4"},
		{"a: [\n  b,\n  c", "1:4 did not find expected ',' or ']' before the end of the file"},
		{"a: b\n---\nc:\n- d\n e: f\ng: h\n", "5:3 mapping values are not allowed in this context"},
		{"a: b\n\tc: d\n", "2:1 found a tab character that violates indentation while scanning a plain scalar that begins at 1:4"},
		{"- a\nb: c\n", "2:1 did not find expected '-' indicator while parsing a block collection that begins at 1:1"},
		{"a: b\nc: *d\n", "2:4 unknown anchor 'd' referenced"},
		{"a: \"\\q\"\n", "1:5 found unknown escape character while parsing a quoted scalar that begins at 1:4"},
		{"a: &b c\r\nd: {e: f}}\r\ng: h\r\n", "2:10 did not find expected key while parsing a block mapping that begins at 1:1"},
		{"x: 1\ny:\n   - a\n  - b\nz: 1\nw: 2", "4:3 did not find expected key while parsing a block mapping that begins at 1:1"},
		{"a: \"b\" c\n", "1:8 did not find expected key while parsing a block mapping that begins at 1:1"},
		{"ä: ö\n  ü: {é: \"\\q\"}\n", "2:4 mapping values are not allowed in this context"},
		{"a: b\nc\nd: e\n", "2:1 could not find expected ':'"},
		{"{a: b c: d}\n", "1:8 did not find expected ',' or '}' while parsing a flow mapping that begins at 1:1"},
		{"a: b\nc: [\n", "2:4 did not find expected node content before the end of the file"},
		{"a: @b\n", "1:4 found character that cannot start any token"},
		{"a: b\n%x\n", "2:3 found unknown directive name while scanning a directive that begins at 2:1"},
		{"a: |x\n", "1:5 did not find expected comment or line break while scanning a block scalar that begins at 1:4"},
		{"\ufeffa: b\nc: d: e\n", "2:5 mapping values are not allowed in this context"},
		{"a: b\n\x01c: d\n", "2:1 control characters are not allowed"},
		{"a: \xff\n", "1:4 invalid leading UTF-8 octet"},
		{"\ufeff\xff", "1:1 invalid leading UTF-8 octet"},
		{"\xff", "1:1 invalid leading UTF-8 octet"},
		{"a: !<x\n", "1:4 did not find the expected '>' before the end of the file"},
		{"a: !u!x y\n", "1:4 found undefined tag handle"},
		{"%YAML 2.0\n---\na\n", "1:1 found incompatible YAML document"},
		{"&a &b c\n", "1:4 did not find expected <document start>"},
		{"a: \"b\n  c\n---\nd: e\n", "3:1 found unexpected document indicator while scanning a quoted scalar that begins at 1:4"},
		{"a: {b: c\n", "1:4 did not find expected ',' or '}' before the end of the file"},
		{"[a, {b: [c}]\n", "1:11 did not find expected ',' or ']' while parsing a flow sequence that begins at 1:9"},
		{"a: |\n  b\n c: d\n", "3:2 did not find expected key while parsing a block mapping that begins at 1:1"},
		{"a: b\n c: d\n", "2:3 mapping values are not allowed in this context"},
		{"- a\n - b\n- {c\n", "3:3 did not find expected ',' or '}' before the end of the file"},
		{"? a\n: b\n  c: d\n-", "3:4 mapping values are not allowed in this context"},
		{"*a\n", "1:1 unknown anchor 'a' referenced"},
		{"a: b #c\n\"d", "2:1 found unexpected end of stream"},
		{"a: - b\n", "1:4 block sequence entries are not allowed in this context"},
	} {
		dec, err := parse(c.src)
		if errors.Is(err, io.EOF) {
			t.Errorf("%q was parsed", c.src)
			continue
		}
		f := yamlfault.Of([]byte(c.src), dec, err)
		if got := fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.Reason); got != c.want {
			t.Errorf("%q: got  %s\nwant %s", c.src, got, c.want)
		}
	}
}

// Where the parser has no such fields, its error's own line is told.
func TestAnotherParserTellsALine(t *testing.T) {
	for said, want := range map[string]yamlfault.Fault{
		"yaml: line 3: found a tab": {Line: 3, Reason: "found a tab"},
		"yaml: found a tab":         {Line: 1, Reason: "found a tab"},
		"reading: no such file":     {Line: 1, Reason: "reading: no such file"},
	} {
		if got := yamlfault.Of([]byte("a\nb\nc"), new(yaml.Decoder), errors.New(said)); got != want {
			t.Errorf("%s: got %+v", said, got)
		}
	}
}

// Wherever a text is broken, the place lies in it, or right behind a line's end.
func FuzzOf(f *testing.F) {
	for _, seed := range []string{"a: b\n- x\n", "ä: 'b\n", "a: [\n", "\ufeffa: *b\n", "a: \xff", "%YAML 3\n---\n", "a: |x\r\n", "? !<\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		dec, err := parse(string(src))
		if errors.Is(err, io.EOF) || bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff")) {
			return
		}
		fault := yamlfault.Of(src, dec, err)
		lines := regexp.MustCompile("\r\n|[\r\n\u0085\u2028\u2029]").Split(string(bytes.TrimPrefix(src, []byte("\ufeff"))), -1)
		if fault.Line < 1 || fault.Line > len(lines) || fault.Column < 1 || fault.Column > utf8.RuneCountInString(lines[fault.Line-1])+1 || fault.Reason == "" {
			t.Fatalf("%q: %+v, of %d lines", src, fault, len(lines))
		}
	})
}
