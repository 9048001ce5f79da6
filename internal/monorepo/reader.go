// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Error is a fault in adze.yaml and its place. Lines and columns count from 1.
type Error struct {
	File         string
	Line, Column int
	Message      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// reader walks YAML nodes and collects every fault.
type reader struct {
	file string
	errs []error
	// lines takes the lines of keys and words; it is that of the entry being
	// read, or the whole file's.
	lines map[string]int
	// columns are those of the whole file.
	columns map[spot]int
}

// spot is a key, or a word in its list, on a line. The key of an entry of
// services.list itself is empty.
type spot struct {
	line int
	key  string
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	r.errs = append(r.errs, &Error{r.file, max(n.Line, 1), max(n.Column, 1), fmt.Sprintf(format, args...)})
}

// readMapping hands the value of each key to its field; other keys are faults.
func readMapping[T any](r *reader, n *yaml.Node, fields []field[T], into *T) {
	n = follow(n)
	if !isNull(n) && n.Kind != yaml.MappingNode {
		r.fail(n, "want a mapping with keys of %v, this is %s", keysOf(fields), shapeOf(n))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := slices.IndexFunc(fields, func(f field[T]) bool { return f.name == key.Value })
		switch {
		case at < 0:
			r.unknown(key, keysOf(fields))
		case seen[key.Value]:
			r.fail(key, "key %q stands twice", key.Value)
		default:
			r.mark(key, value)
			fields[at].read(r, value, into)
		}
		seen[key.Value] = true
	}
	for _, f := range fields {
		if f.required && !seen[f.name] && len(r.errs) == 0 {
			r.fail(n, "%s is missing%s", f.name, wanted(f.schema.Const))
		}
	}
}

func wanted(value string) string {
	if value == "" {
		return ""
	}
	return ", want " + value
}

// mark remembers the places of a key and of the words in its list.
func (r *reader) mark(key, value *yaml.Node) {
	r.lines[key.Value] = key.Line
	r.columns[spot{key.Line, key.Value}] = key.Column
	if value = follow(value); value.Kind != yaml.SequenceNode {
		return
	}
	for _, item := range value.Content {
		if word := follow(item); word.Kind == yaml.ScalarNode {
			name := key.Value + " " + word.Value
			r.lines[name] = item.Line
			r.columns[spot{item.Line, name}] = item.Column
		}
	}
}

func (r *reader) unknown(key *yaml.Node, names []string) {
	if near := nearest(key.Value, names); near != "" {
		r.fail(key, "unknown key %q, did you mean %q?", key.Value, near)
		return
	}
	r.fail(key, "unknown key %q, want one of %v", key.Value, names)
}

func (r *reader) items(n *yaml.Node) []*yaml.Node {
	n = follow(n)
	if isNull(n) {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "want a list, this is %s", shapeOf(n))
		return nil
	}
	return n.Content
}

func (r *reader) text(n *yaml.Node) string {
	n = follow(n)
	if n.Kind != yaml.ScalarNode || isNull(n) {
		r.fail(n, "want a word, this is %s", shapeOf(n))
		return ""
	}
	return n.Value
}

// words reads a mapping of words, for example buildArgs.
func (r *reader) words(n *yaml.Node) map[string]string {
	n = follow(n)
	if isNull(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		r.fail(n, "want a mapping of words, this is %s", shapeOf(n))
		return nil
	}
	words := map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if _, ok := words[key.Value]; ok {
			r.fail(key, "key %q stands twice", key.Value)
		}
		words[key.Value] = r.text(n.Content[i+1])
	}
	return words
}

func (r *reader) oneOf(n *yaml.Node, want string) string {
	if s := r.text(n); s != want {
		r.fail(n, "%q is not known, want %s", s, want)
	}
	return want
}

func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// shapeOf says what stands where something else is wanted.
func shapeOf(n *yaml.Node) string {
	switch {
	case isNull(n):
		return "nothing"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	}
	return "a word"
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func keysOf[T any](fields []field[T]) []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	slices.Sort(names)
	return names
}
