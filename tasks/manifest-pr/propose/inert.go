// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"regexp"
	"strings"

	"github.com/adze-ci/adze/internal/plain"
)

// joiner is U+2060, which shows as nothing and joins no words that were apart.
const joiner = "\u2060"

// effects are what a forge acts on wherever it finds it: mentions, references to
// issues, without which no word closes one, links, and what keeps checks from running.
// https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
// https://docs.github.com/en/actions/managing-workflow-runs/skipping-workflow-runs
var effects = regexp.MustCompile(`(?i)@|` + signs)

// signs are the effects that are no mention.
const signs = `#[0-9]|gh-[0-9]|://|www\.|\[(?:skip|ci|no|actions) |skip-checks`

// inert is one line of what strangers wrote, in which the forge finds nothing to
// act on: a joiner stands after the first character of each that it would.
func inert(s string) string { return defused(plain.Line(s, maxSubject)) }

func defused(s string) string {
	return effects.ReplaceAllStringFunc(s, func(found string) string { return found[:1] + joiner + found[1:] })
}

// What a forge acts on in a commit's message, where it knows that NAME@sha256:…
// mentions nobody.
var (
	mention = regexp.MustCompile(`(?i)(?:^|[^a-z0-9_])@[a-z0-9]`)
	beside  = regexp.MustCompile(`(?i)` + signs)
)

// acting tells whether a forge would find something to act on in a word.
func acting(s string) bool { return mention.MatchString(s) || beside.MatchString(s) }

// octal stands in git's quotes for the signs without which there is no effect.
var octal = strings.NewReplacer("@", `\100`, "#", `\043`, "-", `\055`, ":", `\072`, ".", `\056`, "[", `\133`)

// quoteInert writes a word in git's quotes, so that a forge finds nothing to act
// on in it, and nothing is lost.
func quoteInert(s string) string {
	s = mention.ReplaceAllStringFunc(plain.Quote(s), octal.Replace)
	return beside.ReplaceAllStringFunc(s, octal.Replace)
}

// revived takes the joiners out again.
func revived(s string) string { return strings.ReplaceAll(s, joiner, "") }

// pipe is a column's end, with what would take its escape away.
var pipe = regexp.MustCompile(`\\*\|`)

// code shows what strangers wrote as code, in which nothing is markup, a link or
// a mention. It is empty where there is nothing to show.
func code(s string, most int) string {
	if s = strings.ReplaceAll(plain.Line(s, most), "`", "'"); s == "" {
		return ""
	}
	return "`" + s + "`"
}

// cell makes what strangers wrote fit for code in a table's cell.
func cell(s string) string {
	return pipe.ReplaceAllString(strings.ReplaceAll(plain.Line(s, maxCell), "`", "'"), `\|`)
}
