// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// shape is what the value of a key may be: how it is read, and what the JSON
// Schema says of it. The schema takes all that the reader takes; what it cannot
// express, the reader alone refuses.
type shape[V any] struct {
	schema schema
	read   func(*reader, *yaml.Node) V
}

// scalar is what a word may look like to a JSON Schema: YAML takes 1 and true
// for other types, and they are words here.
func scalar() types { return types{"string", "number", "boolean"} }

func wordShape() shape[string] {
	return shape[string]{schema{Type: scalar()}, (*reader).text}
}

// trimmedShape is a word without slashes at its ends, or of some of them.
func trimmedShape(trim func(s, cut string) string) shape[string] {
	return shape[string]{schema{Type: scalar()}, func(r *reader, n *yaml.Node) string { return trim(r.text(n), "/") }}
}

// oneShape is a word that must be a certain one.
func oneShape(want string) shape[string] {
	return shape[string]{schema{Const: want}, func(r *reader, n *yaml.Node) string { return r.oneOf(n, want) }}
}

// someShape is a list of certain words; null stands for all of them.
func someShape(of []string) shape[[]string] {
	item := schema{Enum: of}
	return shape[[]string]{schema{Type: types{"array", "null"}, Items: &item, Default: of}, func(r *reader, n *yaml.Node) []string {
		if isNull(follow(n)) {
			return of
		}
		words := []string{} // none is not all
		for _, item := range r.items(n) {
			s := r.text(item)
			if s != "" && !slices.Contains(of, s) {
				r.fail(item, "%q is not known, want some of %v%s", s, of, meant(nearest(s, of)))
			}
			words = append(words, s)
		}
		return words
	}}
}

const serviceNamePattern = `^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$`

var serviceName = regexp.MustCompile(serviceNamePattern)

// nameShape is a service's name.
func nameShape() shape[string] {
	return shape[string]{schema{Type: scalar(), Pattern: serviceNamePattern}, func(r *reader, n *yaml.Node) string {
		s := r.text(n)
		if s != "" && !serviceName.MatchString(s) {
			r.fail(n, "service name %q: want lower-case letters and digits, joined by '.', '_' or '-'", s)
		}
		return s
	}}
}

// folderShape is a path in the repository.
func folderShape() shape[string] {
	return shape[string]{schema{Type: scalar(), MinLength: 1, Not: &schema{Type: types{"string"}, Pattern: `^(/|\.\.(/|$))`}}, func(r *reader, n *yaml.Node) string {
		s := r.text(n)
		clean := path.Clean(s)
		if s == "" || path.IsAbs(s) || clean == ".." || strings.HasPrefix(clean, "../") {
			r.fail(n, "path %q: want one inside of the repository, relative to its root", s)
			return ""
		}
		return clean
	}}
}

// glob matches folders.
func globShape() shape[string] {
	return shape[string]{schema{Type: scalar(), Not: &schema{Type: types{"string"}, Pattern: `^/*(!|$)`}}, func(r *reader, n *yaml.Node) string {
		s := strings.Trim(r.text(n), "/")
		if _, err := path.Match(s, ""); err != nil || s == "" || strings.HasPrefix(s, "!") {
			r.fail(n, "discover %q: want a glob of folders, for example microservices/*", n.Value)
		}
		return s
	}}
}

func listShape[V any](item shape[V]) shape[[]V] {
	return shape[[]V]{schema{Type: types{"array", "null"}, Items: &item.schema}, func(r *reader, n *yaml.Node) []V {
		var all []V
		for _, n := range r.items(n) {
			all = append(all, item.read(r, n))
		}
		return all
	}}
}

// patterns are lines of a .gitignore.
func patternsShape() shape[Patterns] {
	item := schema{Type: scalar(), MinLength: 1}
	return shape[Patterns]{schema{Type: types{"array", "null"}, Items: &item}, func(r *reader, n *yaml.Node) Patterns {
		var ps Patterns
		for _, item := range r.items(n) {
			p, err := ParsePattern(r.text(item))
			if err != nil {
				r.fail(item, "%v", err)
				continue
			}
			p.Line, p.Column = item.Line, item.Column
			ps = append(ps, p)
		}
		return ps
	}}
}

// wordsShape is a mapping of any words to others.
func wordsShape() shape[map[string]string] {
	value := schema{Type: scalar()}
	return shape[map[string]string]{schema{Type: types{"object", "null"}, Others: &value}, (*reader).words}
}
