// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"bytes"
	"fmt"
	"path"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// ignored is what a .dockerignore file takes out of a build context.
type ignored struct {
	context string
	matcher *patternmatcher.PatternMatcher
}

// ReadDockerignore reads a .dockerignore file for a build context. What it
// returns knows paths from the repository's root.
func ReadDockerignore(context string, data []byte) (Matcher, error) {
	lines, err := ignorefile.ReadAll(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("reading the lines: %w", err)
	}
	matcher, err := patternmatcher.New(lines)
	if err != nil {
		return nil, fmt.Errorf("reading the patterns: %w", err)
	}
	return &ignored{context, matcher}, nil
}

// Has tells whether a file is left out. A file that a pattern cannot be tried
// on is not.
func (i *ignored) Has(file string) bool {
	rest, inside := within(i.context, file)
	if !inside || rest == "" {
		return false
	}
	out, err := i.matcher.MatchesOrParentMatches(rest)
	return out && err == nil
}

// ignoreFiles are where a service's .dockerignore may be: that beside the
// Dockerfile and named after it comes before that of the context.
func ignoreFiles(s Service) []string {
	return []string{s.Dockerfile + ".dockerignore", path.Join(s.Context, ".dockerignore")}
}
