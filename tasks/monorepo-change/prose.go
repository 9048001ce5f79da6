// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"strings"
	"unicode"
)

// prose writes a line so that Markdown takes it as it stands: each word that is
// more than letters is a code span, in which nothing is markup, a mention or a
// link.
func prose(line string) string {
	words := strings.Split(line, " ")
	for i, word := range words {
		core := strings.TrimRight(strings.TrimLeft(word, "("), ";:,.)")
		if core == "" || !strings.ContainsFunc(core, beyondLetters) {
			continue
		}
		before, after, _ := strings.Cut(word, core)
		words[i] = before + codeSpan(core) + after
	}
	return strings.Join(words, " ")
}

func beyondLetters(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("'-→…", r)
}

// codeSpan is a code span, with more backticks around it than it holds in a row
// (https://github.github.com/gfm/#code-spans).
func codeSpan(s string) string {
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// cell keeps what is in a table's cell from ending it; the table takes the
// backslash away again, in code spans too
// (https://github.github.com/gfm/#tables-extension-).
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
