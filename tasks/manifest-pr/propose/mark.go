// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// markLine is the hidden line that ends our part of a pull request's text. It
// names the extras that were done, and the request that opened it; what stands below it is a person's.
var markLine = regexp.MustCompile(`<!-- adze:((?: [0-9a-f]{12})*) -->`)

// mark is what stands at and below the mark of a pull request's text.
type mark struct {
	done []string // ids of extras, and of the request
	rest string   // of the text, below the mark
}

// readMark finds the mark; the zero mark where there is none.
func readMark(text string) mark {
	at := markLine.FindStringSubmatchIndex(text)
	if at == nil {
		return mark{}
	}
	return mark{done: strings.Fields(text[at[2]:at[3]]), rest: text[at[1]:]}
}

// under puts the mark, and what a person wrote, below our text.
func (m mark) under(text string) string {
	words := append([]string{"<!-- adze:"}, m.done...)
	return strings.TrimRight(text, "\n") + "\n\n" + strings.Join(append(words, "-->"), " ") + m.rest
}

// on puts the mark in place of the one that stands in a text.
func (m mark) on(text string) string {
	ours, _, _ := strings.Cut(text, "<!-- adze:")
	return m.under(ours)
}

// extra is one thing that is done with a pull request once.
type extra struct{ kind, name string }

// id stands for the extra in the mark: what strangers write cannot end the
// comment that way.
func (e extra) id() string {
	sum := sha256.Sum256([]byte(e.kind + "\x00" + e.name))
	return hex.EncodeToString(sum[:6])
}

// missing are the extras that are not done yet.
func (m mark) missing(all []extra) []extra {
	return slices.DeleteFunc(slices.Clone(all), func(e extra) bool { return slices.Contains(m.done, e.id()) })
}

// with adds what was done now.
func (m mark) with(done []extra) mark {
	m.done = slices.Clone(m.done)
	for _, e := range done {
		m.done = append(m.done, e.id())
	}
	return m
}

// alike tells whether two texts are the same to a reader: who edits one in a
// browser turns its line ends into CRLF.
func alike(a, b string) bool {
	tidy := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return tidy(a) == tidy(b)
}
