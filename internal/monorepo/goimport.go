// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"unicode"
)

// Source is what a Go file says of other files.
type Source struct {
	// Imports are the paths that it imports.
	Imports []Named
	// Embeds are the patterns of its go:embed directives, without "all:".
	Embeds []Named
}

// Named is a word and the line on which it stands.
type Named struct {
	Name string
	Line int
}

// ReadGoFile reads the imports of a Go file, and its go:embed directives where
// it imports embed. Build constraints are not heeded: which of them hold is
// known only in the build.
func ReadGoFile(file string, data []byte) (*Source, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, data, parser.ImportsOnly)
	if err != nil {
		return nil, fmt.Errorf("reading the imports: %w", err)
	}
	s := &Source{}
	embeds := false
	for _, spec := range f.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("reading the imports: %s: %w", fset.PositionFor(spec.Pos(), false), err)
		}
		embeds = embeds || name == "embed"
		s.Imports = append(s.Imports, Named{name, fset.PositionFor(spec.Pos(), false).Line})
	}
	if !embeds {
		return s, nil
	}
	fset = token.NewFileSet()
	f, err = parser.ParseFile(fset, file, data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("reading the go:embed directives: %w", err)
	}
	s.Embeds, err = embedded(fset, f.Comments)
	return s, err
}

// embedded are the patterns of all go:embed directives.
func embedded(fset *token.FileSet, groups []*ast.CommentGroup) ([]Named, error) {
	var found []Named
	for _, group := range groups {
		for _, comment := range group.List {
			args, ok := strings.CutPrefix(comment.Text, "//go:embed")
			if !ok || args == "" || !unicode.IsSpace(rune(args[0])) {
				continue
			}
			at := fset.PositionFor(comment.Pos(), false)
			patterns, err := embedPatterns(args)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", at, err)
			}
			for _, p := range patterns {
				found = append(found, Named{strings.TrimPrefix(p, "all:"), at.Line})
			}
		}
	}
	return found, nil
}

// embedPatterns splits at white space; a pattern may be quoted as a Go string.
func embedPatterns(args string) ([]string, error) {
	var found []string
	for args = strings.TrimSpace(args); args != ""; args = strings.TrimSpace(args) {
		if args[0] != '"' && args[0] != '`' {
			end := strings.IndexFunc(args, unicode.IsSpace)
			if end < 0 {
				end = len(args)
			}
			found = append(found, args[:end])
			args = args[end:]
			continue
		}
		quoted, err := strconv.QuotedPrefix(args)
		if err != nil {
			return nil, fmt.Errorf("the pattern %s of go:embed has no end", args)
		}
		pattern, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, fmt.Errorf("the pattern %s of go:embed: %w", quoted, err)
		}
		found = append(found, pattern)
		args = args[len(quoted):]
	}
	return found, nil
}
