// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"path"
	"strings"
)

// Reference is an image that a manifest names, and where.
type Reference struct {
	// Image has neither tag nor digest where the manifest gives none.
	Image
	// Line counts from 1.
	Line int
	// Whole tells that the reference stands in one value, for which no tag
	// means latest; in parts, the tag may come from elsewhere.
	Whole bool
}

// References lists the images that a file names and that are wanted, in the
// places that [File] knows. A file that mentions none of the places is not
// parsed, and of what stands between template braces nothing is known.
func References(name string, src []byte, wanted func(repository string) bool) ([]Reference, error) {
	if !bytes.Contains(src, []byte("image")) {
		return nil, nil
	}
	docs, err := parse(name, src)
	switch {
	case err != nil && Templated(src):
		return nil, nil
	case err != nil:
		return nil, err
	}
	var found []Reference
	add := func(s spot) error {
		if s.open() == byTemplate {
			return nil
		}
		ref := Reference{s.names, line(s), s.tagKey == ""}
		for _, repository := range append([]string{s.names.Repository}, s.others...) {
			if repository == "" || !wanted(repository) {
				continue
			}
			if s.flaw != "" {
				return refuse(name, s.flawAt, "%s", s.flaw)
			}
			ref.Repository = repository
			found = append(found, ref)
			break
		}
		return nil
	}
	for _, doc := range docs {
		if err := spots(name, doc, add); err != nil {
			return nil, err
		}
	}
	return found, nil
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
