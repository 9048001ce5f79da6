// SPDX-License-Identifier: Apache-2.0

//go:build contract

package contract

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// graph is GitHub's published GraphQL schema.
type graph struct {
	schema *ast.Schema
}

func loadGraph() (*graph, error) {
	data, err := os.ReadFile(filepath.Join(modules, "graphql-schema", "schema.graphql"))
	if err != nil {
		return nil, fmt.Errorf("reading GitHub's GraphQL schema: %w", err)
	}
	doc, err := parser.ParseSchemas(validator.Prelude, &ast.Source{Name: "github", Input: string(data)})
	if err != nil {
		return nil, fmt.Errorf("reading GitHub's GraphQL schema: %w", err)
	}
	for _, d := range doc.Definitions {
		d.Fields = once(d.Fields)
	}
	schema, err := validator.ValidateSchemaDocument(doc)
	if err != nil {
		return nil, fmt.Errorf("reading GitHub's GraphQL schema: %w", err)
	}
	return &graph{schema}, nil
}

// once drops repeated definitions of a field: the published schema has some.
func once(fields ast.FieldList) ast.FieldList {
	seen := map[string]bool{}
	return slices.DeleteFunc(fields, func(f *ast.FieldDefinition) bool {
		repeated := seen[f.Name]
		seen[f.Name] = true
		return repeated
	})
}

// operation holds a request and its variables to the schema.
func (g *graph) operation(query string, variables m) (*ast.OperationDefinition, error) {
	doc, wrong := gqlparser.LoadQueryWithRules(g.schema, query, nil)
	if len(wrong) > 0 {
		return nil, wrong
	}
	o := doc.Operations[0]
	if _, err := validator.VariableValues(g.schema, o, variables); err != nil {
		return nil, err
	}
	return o, nil
}

// answers holds the data of an answer to the fields that were asked for. A root
// field that failed is null.
func (g *graph) answers(o *ast.OperationDefinition, data map[string]any) error {
	root := g.schema.Query
	if o.Operation == ast.Mutation {
		root = g.schema.Mutation
	}
	return g.object(data, root.Name, o.SelectionSet, "")
}

// object wants all fields that were asked for, and no others.
func (g *graph) object(data map[string]any, typeName string, asked ast.SelectionSet, at string) error {
	if named, ok := data["__typename"].(string); ok {
		typeName = named
	}
	var wrong []error
	fields := g.collect(typeName, asked)
	for name, f := range fields {
		value, ok := data[name]
		if !ok {
			wrong = append(wrong, fmt.Errorf("%s.%s: not answered", at, name))
			continue
		}
		wrong = append(wrong, g.value(value, f.Definition.Type, f.SelectionSet, at+"."+name))
	}
	for name := range data {
		if fields[name] == nil {
			wrong = append(wrong, fmt.Errorf("%s.%s: not asked for", at, name))
		}
	}
	return errors.Join(wrong...)
}

// collect finds the fields that hold for a type, those of its fragments too.
func (g *graph) collect(typeName string, asked ast.SelectionSet) map[string]*ast.Field {
	out := map[string]*ast.Field{}
	for _, selection := range asked {
		var inner ast.SelectionSet
		var on string
		switch s := selection.(type) {
		case *ast.Field:
			out[s.Alias] = s
			continue
		case *ast.InlineFragment:
			inner, on = s.SelectionSet, s.TypeCondition
		case *ast.FragmentSpread:
			inner, on = s.Definition.SelectionSet, s.Definition.TypeCondition
		}
		if on != "" && on != typeName && !g.implements(typeName, on) {
			continue
		}
		for name, f := range g.collect(typeName, inner) {
			out[name] = f
		}
	}
	return out
}

func (g *graph) implements(typeName, abstract string) bool {
	for _, possible := range g.schema.PossibleTypes[abstract] {
		if possible.Name == typeName {
			return true
		}
	}
	return false
}

// value holds one value to its type.
func (g *graph) value(value any, t *ast.Type, asked ast.SelectionSet, at string) error {
	if value == nil {
		if t.NonNull {
			return fmt.Errorf("%s: null, but it is %s", at, t)
		}
		return nil
	}
	if t.Elem != nil {
		items, ok := value.([]any)
		if !ok {
			return fmt.Errorf("%s: %T, but it is %s", at, value, t)
		}
		var wrong []error
		for i, item := range items {
			wrong = append(wrong, g.value(item, t.Elem, asked, fmt.Sprintf("%s[%d]", at, i)))
		}
		return errors.Join(wrong...)
	}
	definition := g.schema.Types[t.NamedType]
	if definition.IsCompositeType() {
		fields, ok := value.(map[string]any)
		if !ok {
			return fmt.Errorf("%s: %T, but it is %s", at, value, t)
		}
		return g.object(fields, t.NamedType, asked, at)
	}
	return leaf(value, definition, at)
}

func leaf(value any, definition *ast.Definition, at string) error {
	var ok bool
	switch text, isText := value.(string); {
	case definition.Kind == ast.Enum:
		ok = isText && definition.EnumValues.ForName(text) != nil
	case definition.Name == "Boolean":
		_, ok = value.(bool)
	case definition.Name == "Int" || definition.Name == "Float":
		_, ok = value.(float64)
	default: // String, ID and GitHub's own: GitObjectID, DateTime, URI, …
		ok = isText
	}
	if !ok {
		return fmt.Errorf("%s: %v is no %s", at, value, definition.Name)
	}
	return nil
}
