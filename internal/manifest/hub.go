// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"slices"
	"strings"
)

// hubName is the shortest way to write a repository of Docker's own registry,
// which alone may be left out of a name; empty for one of another registry.
// https://github.com/distribution/reference/blob/main/normalize.go
func hubName(repository string) string {
	host, rest, slash := strings.Cut(repository, "/")
	switch {
	case slash && slices.Contains([]string{"docker.io", "index.docker.io"}, host):
	case slash && (strings.ContainsAny(host, ".:") || host == "localhost"):
		return ""
	default:
		rest = repository
	}
	return strings.TrimPrefix(rest, "library/")
}

// shortens tells whether a line names an image of Docker's own registry in one of
// the ways to write it.
func (s screen) shortens(w Want) bool {
	short := hubName(w.Repository)
	if short == "" || !Mentions(s.text, short) {
		return false
	}
	for line := range bytes.Lines(s.text) {
		if naming.Match(line) && Mentions(line, short) {
			return true
		}
	}
	return false
}

// isShort tells whether the spot names a repository of Docker's own registry, written
// in another way.
func (s spot) isShort(repository string) bool {
	short := hubName(repository)
	return short != "" && short == hubName(s.names.Repository)
}
