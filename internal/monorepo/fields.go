// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// field is one key of a mapping in adze.yaml. The reader and the JSON Schema
// both go by it, so that neither knows a key that the other does not.
type field[T any] struct {
	name, usage string
	required    bool
	schema      schema
	read        func(r *reader, n *yaml.Node, into *T)
}

// keyField is a field whose value is kept where at says.
func keyField[T, V any](name, usage string, s shape[V], at func(*T) *V) field[T] {
	return field[T]{name: name, usage: usage, schema: s.schema, read: func(r *reader, n *yaml.Node, into *T) { *at(into) = s.read(r, n) }}
}

// groupField is a mapping whose keys are kept beside those around it.
func groupField[T any](name, usage string, fields []field[T]) field[T] {
	return field[T]{name: name, usage: usage, schema: mappingSchema(fields, "object", "null"), read: func(r *reader, n *yaml.Node, into *T) {
		readMapping(r, n, fields, into)
	}}
}

// headField is one of the two fields that every such file begins with.
func headField(name, usage, value string) field[Config] {
	s := oneShape(value)
	return field[Config]{name: name, usage: usage, required: true, schema: s.schema, read: func(r *reader, n *yaml.Node, _ *Config) { s.read(r, n) }}
}

func configFields() []field[Config] {
	return []field[Config]{
		headField("apiVersion", "version of this file's form", APIVersion),
		headField("kind", "kind of this file", Kind),
		keyField("registry", "prefix of image names, for example harbor.example.com/library", trimmedShape(strings.TrimSuffix), func(c *Config) *string { return &c.Registry }),
		groupField("services", "which folders are services; without it, every folder with a Dockerfile", serviceFields()),
		keyField("derive", "which files are read for what services are made of: a shorter list reads less, an empty one takes only what is declared here", someShape(Derivable()), func(c *Config) *[]string { return &c.Derive }),
		keyField("ignore", "files whose change affects nothing, as in .gitignore: the last match wins, ! takes away", patternsShape(), func(c *Config) *Patterns { return &c.Ignore }),
		keyField("global", "files whose change affects every service, as in .gitignore; ignore has the last word", patternsShape(), func(c *Config) *Patterns { return &c.Global }),
	}
}

func serviceFields() []field[Config] {
	return []field[Config]{
		keyField("discover", "globs of folders, for example microservices/*; each match that holds a Dockerfile is a service, named as its folder", listShape(globShape()), func(c *Config) *[]string { return &c.Discover }),
		keyField("list", "services one by one; they add to, or override, what is discovered", entriesShape(), func(c *Config) *[]Entry { return &c.List }),
	}
}

func entryFields() []field[Entry] {
	called := keyField("name", "name of the service: lower-case letters and digits, joined by '.', '_' or '-'", nameShape(), func(e *Entry) *string { return &e.Name })
	called.required = true
	return []field[Entry]{
		called,
		keyField("path", "the service's folder; by default the discovered folder of that name", folderShape(), func(e *Entry) *string { return &e.Path }),
		keyField("context", "build context; by default the service's folder", folderShape(), func(e *Entry) *string { return &e.Context }),
		keyField("dockerfile", "the Dockerfile, relative to the service's folder; by default Dockerfile", wordShape(), func(e *Entry) *string { return &e.Dockerfile }),
		keyField("image", "image name below registry, or a whole one; by default the service's name", trimmedShape(strings.Trim), func(e *Entry) *string { return &e.Image }),
		keyField("inputs", "files that the service is made of beside those that are found, as in .gitignore; ! takes away, also from a wide COPY", patternsShape(), func(e *Entry) *Patterns { return &e.Inputs }),
		keyField("buildArgs", "arguments of the build", wordsShape(), func(e *Entry) *map[string]string { return &e.BuildArgs }),
		keyField("target", "the Dockerfile's stage to build; by default the last", wordShape(), func(e *Entry) *string { return &e.Target }),
		keyField("dependsOn", "services whose change affects this one", listShape(wordShape()), func(e *Entry) *[]string { return &e.DependsOn }),
		keyField("manifests", "folders or files that deploy the service", listShape(folderShape()), func(e *Entry) *[]string { return &e.Manifests }),
	}
}

// entriesShape is services.list, in which no name stands twice.
func entriesShape() shape[[]Entry] {
	fields := entryFields()
	item := mappingSchema(fields, "object")
	return shape[[]Entry]{schema{Type: types{"array", "null"}, Items: &item}, func(r *reader, n *yaml.Node) []Entry {
		var all []Entry
		names := map[string]bool{}
		for _, item := range r.items(n) {
			e := readEntry(r, item, fields)
			if names[e.Name] && e.Name != "" {
				r.fail(item, "service %q is listed twice", e.Name)
			}
			names[e.Name] = true
			all = append(all, e)
		}
		return all
	}}
}

func readEntry(r *reader, n *yaml.Node, fields []field[Entry]) Entry {
	e := Entry{Line: n.Line, Lines: map[string]int{}}
	r.columns[spot{n.Line, ""}] = n.Column
	around := r.lines
	r.lines = e.Lines
	readMapping(r, n, fields, &e)
	r.lines = around
	return e
}
