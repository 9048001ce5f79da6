// SPDX-License-Identifier: Apache-2.0

package propose

import (
	_ "embed"
	"fmt"
	"strings"
	"text/template"
)

// DefaultBody is the template of a pull request's text, a text/template that
// sees a [Text].
//
//go:embed body.tmpl
var DefaultBody string

var defaultBody = template.Must(template.New("body").Parse(DefaultBody))

// The most text that a pull request holds is 65536 characters. We write less, in
// bytes, and less still where people wrote much below it, but never so little that
// nothing is said.
const (
	fullBody = 65000
	maxBody  = 60000
	minBody  = 500
)

// room is how much text we write above what stands at the mark.
func (m mark) room() int { return min(maxBody, max(minBody, fullBody-len(m.rest)-len(m.done)*13)) }

// maxRows is how many edits are listed, and maxCell how much of a path or a value
// a cell shows, in characters.
const (
	maxRows = 200
	maxCell = 200
)

// Words are what may come from strangers. They print as code, in which nothing is
// markup, a link or a mention.
type Words string

// String is the words as code; empty when there are none.
func (w Words) String() string { return code(string(w), maxSubject) }

// Cell is a value for a table's cell.
type Cell string

// String is the value as code, which cannot end the cell.
func (c Cell) String() string { return "`" + cell(string(c)) + "`" }

// Text is what a body's template sees.
type Text struct {
	// Key names the unit, and Base the branch that the pull request goes to.
	Key, Base Words
	// Parts are the services proposed.
	Parts []TextPart
	// More is how many edits were left out of the parts, for there are too many.
	More int
	// Subject, Author and Login are those of the source commit; each may be empty.
	Subject, Author, Login Words
	// Pusher is who pushed, and PipelineRun which run proposes; may be empty.
	Pusher, PipelineRun Words
}

// TextPart is one service of a proposal.
type TextPart struct {
	// Service is its name, Image the reference proposed and Digest what it stands for.
	Service, Image, Digest Words
	// Commit is a link to the source commit, and Compare the address that shows what is
	// new since the version that runs; either may be empty.
	Commit, Compare string
	// Summary is what the scan said; may be empty.
	Summary Words
	// Edits are the values changed.
	Edits []TextEdit
}

// TextEdit is one value that changes.
type TextEdit struct {
	// File is its path, Old and New the version before and after.
	File, Old, New Cell
}

// body is the pull request's text. It follows from the commit's message, and
// from where the sources are: web is the address of their repository, empty when
// it is not known. It has room for so many bytes.
func (t Templates) body(p Proposal, web, base string, room int) (string, error) {
	by := t.Body
	if by == nil {
		by = defaultBody
	}
	for rows := maxRows; ; rows /= 2 {
		text, err := render(by, p.text(web, base, rows))
		if err != nil || len(text) <= room {
			return text, err
		}
		if rows == 0 {
			return cutText(text, room), nil
		}
	}
}

// cutText ends a text that is too long at a line's end.
func cutText(text string, room int) string {
	text = text[:room-len("…\n")]
	return text[:strings.LastIndexByte(text, '\n')+1] + "…\n"
}

// text is what the template sees, with so many edits.
func (p Proposal) text(web, base string, rows int) Text {
	t := Text{Key: Words(p.Key), Base: Words(base), Pusher: Words(p.Notes.Pusher), PipelineRun: Words(p.Notes.PipelineRun)}
	if s := p.Notes.Source; s != nil {
		t.Subject, t.Author, t.Login = Words(s.Subject), Words(s.Author.Name), Words(s.Login)
	}
	for _, part := range p.Parts {
		shown := part.Edits[:min(len(part.Edits), rows)]
		rows -= len(shown)
		t.More += len(part.Edits) - len(shown)
		t.Parts = append(t.Parts, part.text(web, shown))
	}
	return t
}

func (p Part) text(web string, edits []Edit) TextPart {
	t := TextPart{Service: Words(p.Service), Image: Words(p.Image), Digest: Words(p.Digest), Summary: Words(revived(p.Summary)),
		Commit: commitLink(web, p.Commit), Compare: p.compareLink(web)}
	for _, e := range edits {
		t.Edits = append(t.Edits, TextEdit{Cell(e.File), Cell(quoteEmpty(short(e.Old))), Cell(short(e.New))})
	}
	return t
}

func commitLink(web, commit string) string {
	switch {
	case !isCommit(commit):
		return Words(commit).String()
	case web == "":
		return "`" + commit[:7] + "`"
	default:
		return fmt.Sprintf("[`%s`](%s/commit/%s)", commit[:7], web, commit)
	}
}

// compareLink leads from the version that runs now to the proposed one, when
// both are known to be commits.
func (p Part) compareLink(web string) string {
	old := p.replaced()
	if web == "" || old == "" || !isCommit(p.Commit) {
		return ""
	}
	return fmt.Sprintf("%s/compare/%s...%s", web, old, p.Commit)
}

// replaced is the source commit that the base branch names, empty when it is none.
func (p Part) replaced() string {
	for _, e := range p.Edits {
		name, _, _ := strings.Cut(e.Old, "@")
		if tag := name[strings.LastIndexByte(name, ':')+1:]; isCommit(tag) {
			return tag
		}
	}
	return ""
}
