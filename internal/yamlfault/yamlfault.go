// SPDX-License-Identifier: Apache-2.0

// Package yamlfault tells where a YAML text cannot be parsed: line and column.
//
// The parser's errors name a line at best, and for a fault in a block the line
// before that in which the block begins. The parser itself knows better: it
// notes both places, where it stopped and where what it was reading begins, with
// their columns. It only keeps them to itself, so they are read from its fields. A
// version of it whose fields have other names is noticed by the tests; until then the
// error's own line would be told, without a column.
package yamlfault

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Fault says why a text cannot be parsed, and where.
type Fault struct {
	// Line and Column count from 1, columns in characters; Column is 0 where
	// only the line is known.
	Line, Column int
	// Reason is what the parser did not find, or did.
	Reason string
}

// endless are the faults whose place is where something begins that does not
// end, or not as it should.
var endless = map[string]bool{
	"found unexpected end of stream": true,
	"could not find expected ':'":    true,
}

// Of tells where the decoder that returned err, and reads src, stopped.
func Of(src []byte, dec *yaml.Decoder, err error) Fault {
	parser, ok := fields(dec)
	switch {
	case !ok:
		return said(err)
	case parser.problem == "":
		// Not the parser, but what puts its events together: an alias without its anchor.
		return Fault{parser.event.line, parser.event.column, said(err).Reason}
	case parser.offset >= 0:
		f := place(src, parser.offset)
		return Fault{f.Line, f.Column, parser.problem}
	}
	at, begin := parser.stopped, parser.began
	text := bytes.TrimRight(bytes.TrimPrefix(src, []byte("\ufeff")), " \t\r\n")
	ended := at.index >= utf8.RuneCount(text) && strings.HasPrefix(parser.problem, "did not find")
	switch alone := parser.context == "" || begin == at; {
	case ended && alone:
		f := place(text, len(text))
		return Fault{f.Line, max(f.Column-1, 1), parser.problem + atEnd}
	case ended:
		return Fault{begin.line, begin.column, parser.problem + atEnd}
	case alone:
		return Fault{at.line, at.column, parser.problem}
	case endless[parser.problem]:
		return Fault{begin.line, begin.column, parser.problem}
	}
	return Fault{at.line, at.column, fmt.Sprintf("%s %s that begins at %d:%d", parser.problem, parser.context, begin.line, begin.column)}
}

const atEnd = " before the end of the file"

// lineEnd is what ends a line for the parser.
var lineEnd = regexp.MustCompile("\r\n|[\r\n\u0085\u2028\u2029]")

// place counts the lines before an offset, and the characters on its own.
func place(src []byte, offset int) Fault {
	lines := lineEnd.Split(string(bytes.TrimPrefix(src[:min(offset, len(src))], []byte("\ufeff"))), -1)
	return Fault{Line: len(lines), Column: 1 + utf8.RuneCountInString(lines[len(lines)-1])}
}

var errorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(?s:(.*))$`)

// said is what the error itself says.
func said(err error) Fault {
	f := Fault{Line: 1, Reason: err.Error()}
	if m := errorLine.FindStringSubmatch(f.Reason); m != nil {
		f.Reason = m[2]
		if line, convErr := strconv.Atoi(m[1]); convErr == nil {
			f.Line = line
		}
	}
	return f
}

// mark is a place in the text; line and column count from 1.
type mark struct{ index, line, column int }

// state is what the parser knows of its fault.
type state struct {
	problem, context      string
	stopped, began, event mark
	// offset is where a byte is no text; -1 otherwise.
	offset int
}

// readerError is the parser's kind of fault for bytes that are no text.
const readerError = 2

// fields reads the state of a decoder's parser. False when it is not there.
func fields(dec *yaml.Decoder) (s state, ok bool) {
	outer := field(reflect.ValueOf(dec), "parser")
	inner := field(outer, "parser")
	problem, context := field(inner, "problem"), field(inner, "context")
	if problem.Kind() != reflect.String || context.Kind() != reflect.String {
		return state{}, false
	}
	s = state{problem: problem.String(), context: context.String(), offset: -1}
	for name, to := range map[string]*mark{"problem_mark": &s.stopped, "context_mark": &s.began} {
		if *to, ok = markOf(field(inner, name)); !ok {
			return state{}, false
		}
	}
	if s.event, ok = markOf(field(field(outer, "event"), "start_mark")); !ok {
		return state{}, false
	}
	kind, offset := field(inner, "error"), field(inner, "problem_offset")
	if kind.IsValid() && kind.CanInt() && kind.Int() == readerError && offset.IsValid() && offset.CanInt() {
		s.offset = int(offset.Int())
	}
	return s, true
}

// field steps into a struct's field, through a pointer where there is one; the
// zero value where there is none.
func field(v reflect.Value, name string) reflect.Value {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return v.FieldByName(name)
}

func markOf(v reflect.Value) (m mark, ok bool) {
	for name, to := range map[string]*int{"index": &m.index, "line": &m.line, "column": &m.column} {
		n := field(v, name)
		if !n.IsValid() || !n.CanInt() {
			return mark{}, false
		}
		*to = int(n.Int())
	}
	return mark{m.index, m.line + 1, m.column + 1}, true
}
