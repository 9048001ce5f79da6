// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "rewrite adze.schema.json")

const schemaFile = "adze.schema.json"

func TestSchemaFileIsTheDeclaration(t *testing.T) {
	want, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what Parse goes by (%v); go test ./internal/monorepo -run Schema -update rewrites it", schemaFile, err)
	}
}

func compileSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(schemaFile, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON is a YAML text as an editor hands it to a schema; there is false for
// what has no form in JSON.
func asJSON(text []byte) (value any, there bool) {
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		return nil, false
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, false
	}
	value, err = jsonschema.UnmarshalJSON(bytes.NewReader(b))
	return value, err == nil
}

// configs are the configurations of the tasks' own scripts.
func configs(t *testing.T) map[string][]byte {
	t.Helper()
	scripts, err := filepath.Glob("../../tasks/*/testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]byte{}
	for _, script := range scripts {
		archive, err := txtar.ParseFile(script)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if bytes.Contains(f.Data, []byte(APIVersion)) && strings.HasSuffix(f.Name, ".yaml") {
				found[filepath.Base(script)+"/"+f.Name] = f.Data
			}
		}
	}
	return found
}

// What Parse takes, the schema takes.
func TestSchemaTakesWhatParseTakes(t *testing.T) {
	s := compileSchema(t)
	all := configs(t)
	if len(all) < 3 {
		t.Fatalf("only %d configurations found", len(all))
	}
	all["whole"] = []byte(whole)
	for name, text := range all {
		t.Run(name, func(t *testing.T) {
			_, parse := Parse(FileName, text)
			doc, ok := asJSON(text)
			if !ok {
				t.Fatal("it has no form in JSON")
			}
			if err := s.Validate(doc); err != nil && parse == nil {
				t.Error(err)
			}
		})
	}
}

// What of Parse's refusals a schema can express, it refuses.
func TestSchemaRefusesWhatParseRefuses(t *testing.T) {
	s := compileSchema(t)
	const head = "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\n"
	for _, text := range []string{
		"hello", "[]", "{}", "kind: Monorepo\n", "apiVersion: adze.dev/v1alpha1\n", "apiVersion: adze.dev/v2\nkind: Monorepo\n",
		head + "servcies: {}", head + "registry: [a]", head + "registry: null",
		head + "ignore: docs", head + "ignore: ['']", head + "global: [{a: b}]", head + "global: [null]",
		head + "derive: go", head + "derive: [rust]", head + "derive: [null]",
		head + "services: []", head + "services: {lsit: []}", head + "services: {discover: 'ms/*'}", head + "services: {discover: ['!a']}", head + "services: {discover: ['/']}",
		head + "services: {list: {a: b}}", head + "services: {list: [a]}", head + "services: {list: [{path: a}]}", head + "services: {list: [null]}",
		head + "services: {list: [{name: A b}]}", head + "services: {list: [{name: a, dockerFile: b}]}",
		head + "services: {list: [{name: a, path: /x}]}", head + "services: {list: [{name: a, path: ../x}]}", head + "services: {list: [{name: a, context: ''}]}",
		head + "services: {list: [{name: a, path: ..}]}", head + "services: {list: [{name: a, manifests: [/x]}]}", head + "services: {list: [{name: a, manifests: x}]}",
		head + "services: {list: [{name: a, buildArgs: [X=1]}]}", head + "services: {list: [{name: a, buildArgs: {X: null}}]}", head + "services: {list: [{name: a, buildArgs: {X: [1]}}]}",
		head + "services: {list: [{name: a, dependsOn: b}]}", head + "services: {list: [{name: a, dependsOn: [{a: b}]}]}", head + "services: {list: [{name: a, target: null}]}",
	} {
		if _, err := Parse(FileName, []byte(text)); err == nil {
			t.Errorf("Parse takes %q", text)
		}
		doc, ok := asJSON([]byte(text))
		if !ok {
			t.Errorf("%q has no form in JSON", text)
		}
		if s.Validate(doc) == nil {
			t.Errorf("the schema takes %q", text)
		}
	}
}

func FuzzSchemaTakesWhatParseTakes(f *testing.F) {
	s := compileSchema(f)
	f.Add([]byte(whole))
	f.Add([]byte("apiVersion: adze.dev/v1alpha1\nkind: Monorepo\nservices: {list: [{name: 7, path: 8, buildArgs: {a: true}}], discover: ~}\nderive: ~\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := Parse(FileName, text); err != nil {
			return
		}
		if doc, ok := asJSON(text); ok {
			if err := s.Validate(doc); err != nil {
				t.Error(err)
			}
		}
	})
}
