// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"regexp"
	"strings"
)

// Pattern is one line in the syntax of .gitignore (gitignore(5)).
type Pattern struct {
	// Text is the pattern as written.
	Text string
	// Not tells whether it takes away what earlier ones added.
	Not bool
	// Line and Column are where it stands in its file, from 1; 0 for none.
	Line, Column int

	exact *regexp.Regexp
	below *regexp.Regexp
}

// ParsePattern compiles a pattern.
func ParsePattern(text string) (Pattern, error) {
	p := Pattern{Text: text}
	s := strings.TrimRight(text, " ")
	s, p.Not = strings.CutPrefix(s, "!")
	s, dirOnly := strings.CutSuffix(s, "/")
	if s == "" {
		return p, fmt.Errorf("pattern %q is empty", text)
	}
	anchored := strings.Contains(s, "/")
	expr, err := translate(strings.TrimPrefix(s, "/"))
	if err != nil {
		return p, fmt.Errorf("pattern %q: %w", text, err)
	}
	if !anchored {
		expr = "(?:.*/)?" + expr
	}
	if p.below, err = regexp.Compile("(?s)^" + expr + "/."); err != nil {
		return p, fmt.Errorf("pattern %q: %w", text, err)
	}
	if dirOnly {
		p.exact = p.below
		return p, nil
	}
	p.exact, err = regexp.Compile("(?s)^" + expr + "$")
	return p, err
}

// Match tells whether the pattern matches a file's path or a folder above it.
func (p Pattern) Match(path string) bool {
	return p.exact.MatchString(path) || p.below.MatchString(path)
}

// translate turns a glob into a regular expression, without anchors.
func translate(glob string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(glob); i++ {
		rest := glob[i:]
		start := i == 0 || glob[i-1] == '/'
		switch {
		case start && strings.HasPrefix(rest, "**/"):
			b.WriteString("(?:.*/)?")
			i += 2
		case start && rest == "**":
			b.WriteString(".+")
			i++
		case rest[0] == '*':
			b.WriteString("[^/]*")
		case rest[0] == '?':
			b.WriteString("[^/]")
		case rest[0] == '[':
			class, n, err := translateClass(rest)
			if err != nil {
				return "", err
			}
			b.WriteString(class)
			i += n - 1
		case rest[0] == '\\' && len(rest) > 1:
			b.WriteString(regexp.QuoteMeta(rest[1:2]))
			i++
		default:
			b.WriteString(regexp.QuoteMeta(rest[:1]))
		}
	}
	return b.String(), nil
}

// translateClass turns "[a-z]" or "[!a-z]" at the head of s into a regular
// expression, and tells how many bytes it took.
func translateClass(s string) (string, int, error) {
	start := 1
	if strings.HasPrefix(s[1:], "!") || strings.HasPrefix(s[1:], "^") {
		start = 2
	}
	end := strings.IndexByte(s[min(start+1, len(s)):], ']')
	if end < 0 {
		return "", 0, fmt.Errorf("the class %q has no end", s)
	}
	end += start + 1
	body := strings.NewReplacer(`[`, `\[`, `]`, `\]`, `^`, `\^`, `&`, `\&`).Replace(s[start:end])
	if start == 2 {
		return "[^/" + body + "]", end + 1, nil
	}
	return "[" + body + "]", end + 1, nil
}

// Patterns are read from top to bottom; the last match wins.
type Patterns []Pattern

// ParsePatterns compiles a list of patterns.
func ParsePatterns(texts []string) (Patterns, error) {
	var ps Patterns
	for _, text := range texts {
		p, err := ParsePattern(text)
		if err != nil {
			return nil, err
		}
		ps = append(ps, p)
	}
	return ps, nil
}

// Match is the last pattern that matches a file's path; nil for none.
func (ps Patterns) Match(path string) *Pattern {
	for i := len(ps) - 1; i >= 0; i-- {
		if ps[i].Match(path) {
			return &ps[i]
		}
	}
	return nil
}

// Has tells whether the last pattern that matches a path does not take it away.
func (ps Patterns) Has(path string) bool {
	p := ps.Match(path)
	return p != nil && !p.Not
}
