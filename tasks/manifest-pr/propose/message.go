// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/plain"
)

// The trailers that a proposal's commit carries. The first four, and [trailerSummary],
// stand once for each part, the service's before the others; the rest stand once.
const (
	trailerService = "Adze-Service"
	trailerCommit  = "Adze-Commit"
	trailerImage   = "Adze-Image"
	trailerDigest  = "Adze-Image-Digest"
	trailerUnit    = "Adze-Unit"
	trailerBase    = "Adze-Base"
	trailerSource  = "Adze-Source"
	trailerTree    = "Adze-Tree"
)

// arrow stands between what was there and what is to be.
const arrow = " → "

// Message is the commit's message: the edits, below their service's name where
// there are several, then the trailers as the last paragraph. What would not be
// read back as it is stands in quotes, as git quotes paths. [ParseMessage] reads it back.
func (p Proposal) Message() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", p.Title())
	for _, part := range p.Parts {
		if len(p.Parts) > 1 {
			fmt.Fprintf(&b, "%s:\n", word(part.Service))
		}
		for _, e := range part.Edits {
			fmt.Fprintf(&b, "* %s: %s%s%s\n", word(e.File), word(e.Old), arrow, word(e.New))
		}
		b.WriteString("\n")
	}
	for _, t := range p.trailers() {
		if t[1] != "" {
			fmt.Fprintf(&b, "%s: %s\n", t[0], word(t[1]))
		}
	}
	for _, t := range p.Notes.trailers() {
		fmt.Fprintf(&b, "%s: %s\n", t[0], t[1])
	}
	return b.String()
}

// trailers are the message's last lines, in order. A unit of one service is named as it is.
func (p Proposal) trailers() [][2]string {
	var all [][2]string
	for _, part := range p.Parts {
		all = append(all, [][2]string{
			{trailerService, part.Service}, {trailerCommit, part.Commit}, {trailerImage, part.Image}, {trailerDigest, part.Digest},
			{trailerSummary, inert(part.Summary)},
		}...)
	}
	if len(p.Parts) != 1 || p.Key != p.Parts[0].Service {
		all = append(all, [2]string{trailerUnit, p.Key})
	}
	return append(all, [][2]string{{trailerBase, p.Base}, {trailerSource, p.Source}, {trailerTree, p.tree}}...)
}

// word is a path or a value in the message: quoted where it could be read as
// something else, be lost to whoever tidies up the ends of lines, or have the forge act on it.
func word(s string) string {
	if s == "" || acting(s) || s != strings.TrimSpace(s) || strings.Contains(s, ": ") || strings.Contains(s, strings.TrimSpace(arrow)) {
		return quoteInert(s)
	}
	return plain.Path(s)
}

// ParseMessage reads a proposal out of its commit's message; false when the
// message is not one of ours. Trailers count in the last paragraph only, and none twice.
func ParseMessage(message string) (Proposal, bool) {
	text := strings.TrimSpace(strings.ReplaceAll(message, "\r\n", "\n"))
	last := strings.LastIndex(text, "\n\n")
	if last < 0 || !strings.HasPrefix(text, Prefix) {
		return Proposal{}, false
	}
	p, ok := parseTrailers(text[last+2:])
	_, body, _ := strings.Cut(text[:last], "\n")
	return p, ok && p.takeEdits(body)
}

// parseTrailers reads what a paragraph says; lines of others are left out.
func parseTrailers(paragraph string) (Proposal, bool) {
	var p Proposal
	for line := range strings.SplitSeq(paragraph, "\n") {
		key, value, _ := strings.Cut(line, ": ")
		if key == trailerService {
			p.Parts = append(p.Parts, Part{})
		}
		field := p.field(key)
		if field == nil {
			p.Notes.read(key, value)
			continue
		}
		text, rest, ok := cutWord(value, "")
		if !ok || rest != "" || text == "" || *field != "" {
			return Proposal{}, false
		}
		*field = text
	}
	if p.Key == "" && len(p.Parts) == 1 {
		p.Key = p.Parts[0].Service
	}
	return p, p.complete()
}

// field is where a trailer's value belongs; nil where it is none of ours. Each
// part begins with its service.
func (p *Proposal) field(key string) *string {
	switch key {
	case trailerUnit:
		return &p.Key
	case trailerBase:
		return &p.Base
	case trailerSource:
		return &p.Source
	case trailerTree:
		return &p.tree
	}
	if len(p.Parts) == 0 {
		return nil
	}
	part := &p.Parts[len(p.Parts)-1]
	switch key {
	case trailerService:
		return &part.Service
	case trailerCommit:
		return &part.Commit
	case trailerImage:
		return &part.Image
	case trailerDigest:
		return &part.Digest
	case trailerSummary:
		return &part.Summary
	}
	return nil
}

// complete tells whether nothing is missing that makes a proposal, and no
// service is proposed twice.
func (p Proposal) complete() bool {
	for i, part := range p.Parts {
		again := slices.ContainsFunc(p.Parts[:i], func(q Part) bool { return q.Service == part.Service })
		if again || part.Service == "" || part.Image == "" {
			return false
		}
	}
	return p.Key != "" && len(p.Parts) > 0
}

// takeEdits reads the edits of all parts; false where one belongs to none.
func (p *Proposal) takeEdits(text string) bool {
	at := 0
	if len(p.Parts) > 1 {
		at = -1 // until a heading names one
	}
	for line := range strings.SplitSeq(text, "\n") {
		if e, ok := parseEdit(line); ok {
			if at < 0 {
				return false
			}
			p.Parts[at].Edits = append(p.Parts[at].Edits, e)
		} else if name, ok := parseHeading(line); ok && len(p.Parts) > 1 {
			at = slices.IndexFunc(p.Parts, func(part Part) bool { return part.Service == name })
		}
	}
	return true
}

// parseHeading reads the line above the edits of a service.
func parseHeading(line string) (string, bool) {
	name, ok := strings.CutSuffix(line, ":")
	text, rest, ok2 := cutWord(name, "")
	return text, ok && ok2 && rest == ""
}

// parseEdit reads one line of edits.
func parseEdit(line string) (Edit, bool) {
	line, bullet := strings.CutPrefix(line, "* ")
	file, line, ok := cutWord(line, ": ")
	before, line, ok2 := cutWord(line, arrow)
	after, line, ok3 := cutWord(line, "")
	return Edit{File: file, Old: before, New: after}, bullet && ok && ok2 && ok3 && line == ""
}

// cutWord reads what word has written from the beginning of a line up to a
// separator; without one, up to the line's end.
func cutWord(line, separator string) (text, rest string, ok bool) {
	if text, rest, ok = plain.Unquote(line); ok {
		rest, ok = strings.CutPrefix(rest, separator)
		return text, rest, ok
	}
	if separator == "" {
		return line, "", !strings.HasPrefix(line, `"`)
	}
	return strings.Cut(line, separator)
}
