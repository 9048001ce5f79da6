// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Reference is an image that a manifest names, and where.
type Reference struct {
	// Image has neither tag nor digest where the manifest gives none, and no
	// repository where a marker stands behind a tag or a digest alone.
	Image
	// Line counts from 1.
	Line int
	// Whole tells that the reference stands in one value, for which no tag
	// means latest; in parts, the tag may come from elsewhere.
	Whole bool
	// Service is the service that a marker names; empty where the repository
	// tells whose image it is.
	Service string
}

// References lists the images that a file names and that are wanted, in the
// places that [Manifest.Set] knows, and after them all values that are marked for
// some service. A file that mentions none of the places is not parsed, and of what
// stands between template braces nothing is known.
func References(name string, src []byte, wanted func(repository string) bool) ([]Reference, error) {
	if !bytes.Contains(src, []byte("image")) && !bytes.Contains(src, []byte("repository")) && !hasMarker(src) {
		return nil, nil
	}
	docs, err := parse(name, src)
	switch {
	case err != nil && Templated(src):
		return nil, nil
	case err != nil:
		return nil, err
	}
	r := listing{name: name, wanted: wanted, seen: map[*yaml.Node]bool{}}
	for _, doc := range docs {
		if err := spots(name, doc, r.spot); err != nil {
			return nil, err
		}
		r.marked(markers(doc))
	}
	return r.found, nil
}

// listing collects the references of a file.
type listing struct {
	name   string
	wanted func(repository string) bool
	found  []Reference
	seen   map[*yaml.Node]bool // values that were taken down
}

// spot takes down what a spot names.
func (r *listing) spot(s spot) error {
	if why := s.open(); s.aside || why == byTemplate || why == byPattern {
		return nil
	}
	for _, repository := range append([]string{s.names.Repository}, s.others...) {
		if repository == "" || !r.wanted(repository) {
			continue
		}
		if s.flaw != "" {
			return refuse(r.name, s.flawAt, "%s", s.flaw)
		}
		ref := Reference{Image: s.names, Line: line(s), Whole: s.tagKey == ""}
		ref.Repository = repository
		r.found = append(r.found, ref)
		for _, v := range s.values() {
			r.seen[v] = true
		}
		return nil
	}
	return nil
}

// marked takes down the versions that markers tell of and no spot has.
func (r *listing) marked(all marks) {
	for _, m := range all.list {
		if m.flaw == "" && m.part != "name" && !r.seen[m.at] {
			r.found = append(r.found, Reference{Image: m.names(), Line: resolve(m.at).Line, Whole: m.part == "", Service: m.service})
		}
	}
}

// line is where the value that names the version stands.
func line(s spot) int {
	n := resolve(s.at)
	if s.tagKey != "" {
		for _, h := range append(pins(n), lookup(n, pinKeys[0]), lookup(n, s.tagKey)) {
			if h.at != nil {
				return resolve(h.at).Line
			}
		}
	}
	return n.Line
}

// IsManifest tells by a file's path whether it is to be looked at.
func IsManifest(file string) bool {
	switch path.Ext(file) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return path.Base(file) == "Kustomization"
}

// Templated tells whether a file holds template braces, so that it may be no
// YAML until it is rendered.
func Templated(src []byte) bool { return bytes.Contains(src, []byte("{{")) }

// Mentions tells whether a file holds a word: an image's repository, or its
// last name, with nothing beside it that would make it another's.
func Mentions(src []byte, word string) bool {
	for at := 0; ; {
		i := bytes.Index(src[at:], []byte(word))
		if i < 0 {
			return false
		}
		start := at + i
		end := start + len(word)
		if (start == 0 || !inName(src[start-1])) && (end == len(src) || !inName(src[end])) {
			return true
		}
		at = start + 1
	}
}

// inName tells whether a byte goes on with the name of an image. A slash ends a
// path's name, and a dot the sentence of a comment.
func inName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_", c) >= 0
}
