// SPDX-License-Identifier: Apache-2.0

// Package objecttest reads the Kubernetes objects of YAML files in tests, each
// strictly as its owner's own Go type: a field that the type has not is an error.
package objecttest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/yaml"
)

// Objects are objects by kind and name, for example "Task/kaniko-build"; those
// that have no name, by kind and file.
type Objects map[string]any

// Load reads all objects of the files that the globs name. The type gives a
// pointer to an empty object of a kind, nil for a kind that does not belong there.
func Load(t testing.TB, typeOf func(kind string) any, globs ...string) Objects {
	t.Helper()
	all := Objects{}
	for _, glob := range globs {
		names, err := filepath.Glob(glob)
		if err != nil || len(names) == 0 {
			t.Fatalf("no file is named %s (%v)", glob, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for doc := range bytes.SplitSeq(text, []byte("\n---\n")) {
				all.add(t, typeOf, name, doc)
			}
		}
	}
	return all
}

func (all Objects) add(t testing.TB, typeOf func(kind string) any, file string, doc []byte) {
	t.Helper()
	var head struct {
		Kind     string
		Metadata struct{ Name string }
	}
	if err := yaml.Unmarshal(doc, &head); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	key := head.Kind + "/" + head.Metadata.Name
	if head.Metadata.Name == "" {
		key += file
	}
	object := typeOf(head.Kind)
	if object == nil {
		t.Fatalf("%s: %s does not belong here", file, key)
	}
	if err := yaml.UnmarshalStrict(doc, object); err != nil {
		t.Fatalf("%s: %s: %v", file, key, err)
	}
	if _, ok := all[key]; ok {
		t.Fatalf("%s: %s is there twice", file, key)
	}
	all[key] = object
}

// Get finds an object by its type, kind and name.
func Get[T any](t testing.TB, all Objects, key string) *T {
	t.Helper()
	object, ok := all[key].(*T)
	if !ok {
		t.Fatalf("no %s among %d objects", key, len(all))
	}
	return object
}
