// SPDX-License-Identifier: Apache-2.0

// Package graphql parses and runs as much of GraphQL as clients of a forge
// send: operations with variables, arguments, aliases, nested selections and
// fragments. It knows no schema: an Object that has no such field is an error,
// in the words that GitHub's server uses.
package graphql

import (
	"errors"
	"fmt"
)

// Document is a parsed request.
type Document struct {
	Operations []Operation
	Fragments  map[string]Fragment
}

// Operation is a query or a mutation.
type Operation struct {
	Kind, Name string
	// Variables maps the declared names to their types as written and their defaults.
	Variables  []Variable
	Selections []Selection
}

// Variable is one that an operation declares.
type Variable struct {
	Name, Type string
	Default    any
}

// Selection is a field, or a fragment when Field is empty.
type Selection struct {
	Alias, Field string
	Arguments    map[string]any
	Selections   []Selection
	// Spread names a fragment; On is the type that an inline fragment is for
	// (empty: any).
	Spread, On string
	Inline     bool
}

// Fragment is a named set of fields of a type.
type Fragment struct {
	On         string
	Selections []Selection
}

// reference is a variable in an argument; its value comes when the request runs.
type reference string

// Parse reads a request.
func Parse(text string) (Document, error) {
	tokens, err := scan(text)
	if err != nil {
		return Document{}, err
	}
	p := &parser{tokens: tokens}
	d := Document{Fragments: map[string]Fragment{}}
	for !p.end() && p.err == nil {
		switch {
		case p.peek("{"):
			d.Operations = append(d.Operations, Operation{Kind: "query", Selections: p.selections()})
		case p.peek("fragment"):
			p.next()
			name := p.name()
			p.want("on")
			d.Fragments[name] = Fragment{On: p.name(), Selections: p.selections()}
		default:
			d.Operations = append(d.Operations, p.operation())
		}
	}
	if p.err == nil && len(d.Operations) == 0 {
		p.err = errors.New("a query attribute must be specified and must be a string")
	}
	return d, p.err
}

type parser struct {
	tokens []token
	at     int
	err    error
}

func (p *parser) end() bool { return p.at >= len(p.tokens) }

func (p *parser) peek(text string) bool {
	return !p.end() && p.tokens[p.at].text == text && p.tokens[p.at].kind != stringToken
}

func (p *parser) next() token {
	if p.end() {
		p.fail("Expected more, actual: (none)")
		return token{}
	}
	p.at++
	return p.tokens[p.at-1]
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
	p.at = len(p.tokens)
}

func (p *parser) take(text string) bool {
	if p.peek(text) {
		p.at++
		return true
	}
	return false
}

func (p *parser) want(text string) {
	if !p.take(text) {
		got := p.next()
		p.fail("Expected %q, actual: %q at [%d]", text, got.text, got.line)
	}
}

func (p *parser) name() string {
	t := p.next()
	if t.kind != nameToken {
		p.fail("Expected NAME, actual: %q at [%d]", t.text, t.line)
	}
	return t.text
}

func (p *parser) operation() Operation {
	o := Operation{Kind: p.name()}
	if o.Kind != "query" && o.Kind != "mutation" {
		p.fail("Expected one of SCHEMA, SCALAR, TYPE, ENUM, INPUT, UNION, INTERFACE, actual: %q", o.Kind)
	}
	if !p.peek("(") && !p.peek("{") {
		o.Name = p.name()
	}
	if p.take("(") {
		for !p.take(")") && p.err == nil {
			o.Variables = append(o.Variables, p.variable())
		}
	}
	o.Selections = p.selections()
	return o
}

func (p *parser) variable() Variable {
	p.want("$")
	v := Variable{Name: p.name()}
	p.want(":")
	v.Type = p.typeName()
	if p.take("=") {
		v.Default = p.value()
	}
	return v
}

func (p *parser) typeName() string {
	var name string
	if p.take("[") {
		name = "[" + p.typeName() + "]"
		p.want("]")
	} else {
		name = p.name()
	}
	if p.take("!") {
		name += "!"
	}
	return name
}

func (p *parser) selections() []Selection {
	p.want("{")
	var out []Selection
	for !p.take("}") && p.err == nil {
		out = append(out, p.selection())
	}
	return out
}

func (p *parser) selection() Selection {
	if p.take("...") {
		switch {
		case p.take("on"):
			return Selection{Inline: true, On: p.name(), Selections: p.selections()}
		case p.peek("{"):
			return Selection{Inline: true, Selections: p.selections()}
		}
		return Selection{Spread: p.name()}
	}
	s := Selection{Field: p.name()}
	s.Alias = s.Field
	if p.take(":") {
		s.Field = p.name()
	}
	if p.take("(") {
		s.Arguments = p.pairs(")")
	}
	if p.peek("{") {
		s.Selections = p.selections()
	}
	return s
}

// pairs reads "name: value" up to the closing bracket.
func (p *parser) pairs(closing string) map[string]any {
	out := map[string]any{}
	for !p.take(closing) && p.err == nil {
		name := p.name()
		p.want(":")
		out[name] = p.value()
	}
	return out
}
