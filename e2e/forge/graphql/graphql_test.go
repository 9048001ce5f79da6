// SPDX-License-Identifier: Apache-2.0

package graphql_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/adze-ci/adze/e2e/forge/graphql"
)

func root() graphql.Object {
	leaf := graphql.Object{Type: "Leaf", Implements: []string{"Node"}, Fields: map[string]any{"id": "x", "size": 3}}
	return graphql.Object{Type: "Query", Fields: map[string]any{
		"leaf":   leaf,
		"leaves": []graphql.Object{leaf, leaf},
		"none":   nil,
		"echo":   graphql.Resolver(func(args map[string]any) (any, error) { data, err := json.Marshal(args); return string(data), err }),
		"broken": graphql.Resolver(func(map[string]any) (any, error) { return nil, &graphql.Error{Type: "NOT_FOUND", Message: "no"} }),
		"failed": graphql.Resolver(func(map[string]any) (any, error) { return nil, errors.New("failed") }),
	}}
}

func TestRun(t *testing.T) {
	for _, c := range []struct{ query, variables, want string }{
		{`{ leaf { size id } }`, ``, `{"data":{"leaf":{"size":3,"id":"x"}}}`},
		{`query Q { a: leaf { b: id __typename } none { id } }`, ``, `{"data":{"a":{"b":"x","__typename":"Leaf"},"none":null}}`},
		{`{ leaves { id } }`, ``, `{"data":{"leaves":[{"id":"x"},{"id":"x"}]}}`},
		{`{ leaf { ... on Node { id } ... on Other { nothing } ...f } } fragment f on Leaf { size }`, ``, `{"data":{"leaf":{"id":"x","size":3}}}`},
		{`{ echo(a: 1, b: "q\"\u0041", c: [true, null], d: {e: OPEN}, f: 1.5) }`, ``, `{"data":{"echo":"{\"a\":1,\"b\":\"q\\\"A\",\"c\":[true,null],\"d\":{\"e\":\"OPEN\"},\"f\":1.5}"}}`},
		{`query($x: [Int!]! $y: String = "z") { echo(a: $x, b: [$y]) }`, `{"x":[1,2]}`, `{"data":{"echo":"{\"a\":[1,2],\"b\":[\"z\"]}"}}`},
		{"# why\nmutation { leaf { id } }", ``, `{"data":{"leaf":{"id":"x"}}}`},
		{`{ echo(text: """a "quoted" block""") }`, ``, `{"data":{"echo":"{\"text\":\"a \\\"quoted\\\" block\"}"}}`},
		{`{ broken failed leaf { id } }`, ``, `{"data":{"broken":null,"failed":null,"leaf":{"id":"x"}},"errors":[{"type":"NOT_FOUND","message":"no","path":["broken"]},{"message":"failed","path":["failed"]}]}`},
		{`query($x: ID!) { leaf { id } }`, ``, `{"errors":[{"message":"Variable $x of type ID! was provided invalid value"}]}`},
		{`{ leaf { colour } }`, ``, `{"errors":[{"message":"Field 'colour' doesn't exist on type 'Leaf'","extensions":{"code":"undefinedField","fieldName":"colour","typeName":"Leaf"}}]}`},
		{`{ leaf }`, ``, `{"errors":[{"message":"Field must have selections (field 'leaf' returns Leaf but has no selections. Did you mean 'leaf { ... }'?)"}]}`},
		{`{ echo(a: $x) }`, ``, `{"errors":[{"message":"Variable $x is used but not declared"}]}`},
		{`{ ...f }`, ``, `{"errors":[{"message":"Fragment f was used, but not defined"}]}`},
	} {
		request := graphql.Request{Query: c.query}
		if c.variables != "" {
			if err := json.Unmarshal([]byte(c.variables), &request.Variables); err != nil {
				t.Fatal(err)
			}
		}
		got, err := json.Marshal(graphql.Run(request, root(), root()))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.query, got, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{``, `{`, `{ a(`, `{ a(b: ) }`, `{ a(b: "x) }`, `subscription { a }`, `{ a } }`, `query($x) { a }`, `{ ~ }`, `{ """ }`, `{ a: }`} {
		if d, err := graphql.Parse(text); err == nil {
			t.Errorf("%q is taken: %v", text, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`query($x: ID! = 3) { a: b(c: [$x, {d: "e"}]) { ...f ... on G { h } } } fragment f on I { j }`)
	f.Add(`"""`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := graphql.Parse(text)
		if err == nil && len(d.Operations) == 0 {
			t.Errorf("%q: no operation and no error", text)
		}
	})
}
