// SPDX-License-Identifier: Apache-2.0

package graphql

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Object is a value with fields. A field is a plain value, an Object, a list of
// them, or a Resolver.
type Object struct {
	// Type is the name of its GraphQL type; Implements are its interfaces.
	Type       string
	Implements []string
	Fields     map[string]any
}

// Resolver makes a field's value when it is asked for.
type Resolver func(args map[string]any) (any, error)

// Error is an entry of a response's "errors".
type Error struct {
	Type    string `json:"type,omitempty"`
	Message string `json:"message"`
	Path    []any  `json:"path,omitempty"`
	// Extensions say more of a request that does not fit the schema.
	Extensions map[string]any `json:"extensions,omitempty"`
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Response is what a request is answered with.
type Response struct {
	Data   any      `json:"data,omitempty"`
	Errors []*Error `json:"errors,omitempty"`
}

// Request is the body of a GraphQL request.
type Request struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
}

// Operation parses the request and picks the operation that is to run.
func (r Request) Operation() (Document, Operation, error) {
	d, err := Parse(r.Query)
	if err != nil {
		return d, Operation{}, err
	}
	for _, o := range d.Operations {
		if r.OperationName == "" || o.Name == r.OperationName {
			return d, o, nil
		}
	}
	return d, Operation{}, fmt.Errorf("no operation named %q", r.OperationName)
}

// Run answers a request from the fields of a root object. An error of a root
// field makes that field null and is listed, as GitHub does.
func Run(r Request, query, mutation Object) Response {
	d, o, err := r.Operation()
	if err != nil {
		return Response{Errors: []*Error{{Message: err.Error()}}}
	}
	root := query
	if o.Kind == "mutation" {
		root = mutation
	}
	x := &run{fragments: d.Fragments, variables: map[string]any{}}
	if err := x.bind(o, r.Variables); err != nil {
		return Response{Errors: []*Error{{Message: err.Error()}}}
	}
	data := fields{}
	for _, s := range o.Selections {
		if err := x.field(root, s, &data); err != nil {
			if fatal := x.note(err, s); fatal {
				return Response{Errors: x.errors}
			}
			data = append(data, field{s.Alias, nil})
		}
	}
	return Response{Data: data, Errors: x.errors}
}

type run struct {
	fragments map[string]Fragment
	variables map[string]any
	errors    []*Error
}

// errSchema marks a request that no schema would have let pass.
var errSchema = errors.New("")

func (x *run) note(err error, s Selection) (fatal bool) {
	var known *Error
	if !errors.As(err, &known) {
		known = &Error{Message: err.Error()}
	}
	if errors.Is(err, errSchema) {
		x.errors = []*Error{known}
		return true
	}
	known.Path = []any{s.Alias}
	x.errors = append(x.errors, known)
	return false
}

func (x *run) bind(o Operation, given map[string]any) error {
	for _, v := range o.Variables {
		value, ok := given[v.Name]
		if !ok {
			value = v.Default
		}
		if value == nil && strings.HasSuffix(v.Type, "!") {
			return fmt.Errorf("Variable $%s of type %s was provided invalid value", v.Name, v.Type)
		}
		x.variables[v.Name] = value
	}
	return nil
}

// fields keeps the order of the request, as GraphQL demands.
type fields []field

type field struct {
	name  string
	value any
}

// MarshalJSON writes the fields as one object.
func (f fields) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, one := range f {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(one.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(one.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

// field resolves one selection of an object into out.
func (x *run) field(o Object, s Selection, out *fields) error {
	if s.Field == "" {
		return x.fragment(o, s, out)
	}
	value, ok := o.Fields[s.Field]
	if s.Field == "__typename" {
		value, ok = o.Type, true
	}
	if !ok {
		return unknownField(o.Type, s.Field)
	}
	if resolve, ok := value.(Resolver); ok {
		args, err := x.arguments(s.Arguments)
		if err != nil {
			return err
		}
		if value, err = resolve(args); err != nil {
			return err
		}
	}
	done, err := x.complete(value, s)
	*out = append(*out, field{s.Alias, done})
	return err
}

// unknownField is what GitHub says of a field that its version does not have.
func unknownField(of, name string) error {
	return fmt.Errorf("%w%w", &Error{
		Message:    fmt.Sprintf("Field '%s' doesn't exist on type '%s'", name, of),
		Extensions: map[string]any{"code": "undefinedField", "typeName": of, "fieldName": name},
	}, errSchema)
}

func (x *run) fragment(o Object, s Selection, out *fields) error {
	on, inner := s.On, s.Selections
	if !s.Inline {
		f, ok := x.fragments[s.Spread]
		if !ok {
			return fmt.Errorf("Fragment %s was used, but not defined%w", s.Spread, errSchema)
		}
		on, inner = f.On, f.Selections
	}
	if !o.is(on) {
		return nil
	}
	for _, one := range inner {
		if err := x.field(o, one, out); err != nil {
			return err
		}
	}
	return nil
}

func (o Object) is(name string) bool {
	if name == "" || name == o.Type {
		return true
	}
	for _, i := range o.Implements {
		if i == name {
			return true
		}
	}
	return false
}

// complete applies a selection's fields to its value.
func (x *run) complete(value any, s Selection) (any, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case []Object:
		out := []any{}
		for _, one := range v {
			done, err := x.complete(one, s)
			if err != nil {
				return nil, err
			}
			out = append(out, done)
		}
		return out, nil
	case *Object:
		if v == nil {
			return nil, nil
		}
		return x.complete(*v, s)
	case Object:
		if len(s.Selections) == 0 {
			return nil, fmt.Errorf("Field must have selections (field '%s' returns %s but has no selections. Did you mean '%s { ... }'?)%w", s.Field, v.Type, s.Field, errSchema) //nolint:staticcheck // GitHub's words
		}
		out := fields{}
		for _, one := range s.Selections {
			if err := x.field(v, one, &out); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return value, nil
}

func (x *run) arguments(args map[string]any) (map[string]any, error) {
	out := map[string]any{}
	for name, value := range args {
		filled, err := x.fill(value)
		if err != nil {
			return nil, err
		}
		out[name] = filled
	}
	return out, nil
}

// fill puts the variables' values into an argument.
func (x *run) fill(value any) (any, error) {
	switch v := value.(type) {
	case reference:
		bound, ok := x.variables[string(v)]
		if !ok {
			return nil, fmt.Errorf("Variable $%s is used but not declared%w", string(v), errSchema)
		}
		return bound, nil
	case map[string]any:
		return x.arguments(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			filled, err := x.fill(v[i])
			if err != nil {
				return nil, err
			}
			out[i] = filled
		}
		return out, nil
	}
	return value, nil
}
