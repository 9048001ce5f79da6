// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"fmt"
	"strings"
)

// maxRows keeps the text below GitHub's limit of 65536 characters.
const maxRows = 100

// maxCell is the most of a path or a value that a cell shows, in characters.
const maxCell = 200

// body is the pull request's text. It follows from the commit's message, and
// from where the sources are: web is the address of their repository, empty when
// it is not known.
func (p Proposal) body(web string) string {
	var b strings.Builder
	rows := maxRows
	for _, part := range p.Parts {
		b.WriteString(part.text(web, rows))
		rows = max(rows-len(part.Edits), 0)
	}
	fmt.Fprintf(&b, "This branch is kept up to date until it is merged or closed. A commit of yours on it stops that.\n")
	return b.String()
}

// text says what one service is to run, with so many rows of edits.
func (p Part) text(web string, rows int) string {
	var b strings.Builder
	b.WriteString(p.opening(web))
	shown := p.Edits[:min(len(p.Edits), rows)]
	if len(p.Edits) > 0 {
		b.WriteString("| file | from | to |\n|---|---|---|\n")
	}
	for _, e := range shown {
		fmt.Fprintf(&b, "| `%s` | `%s` | `%s` |\n", cell(e.File), cell(quoteEmpty(short(e.Old))), cell(short(e.New)))
	}
	if more := len(p.Edits) - len(shown); more > 0 {
		fmt.Fprintf(&b, "| and %d more | | |\n", more)
	}
	if p.Digest != "" {
		fmt.Fprintf(&b, "\nDigest: `%s`\n", p.Digest)
	}
	if link := p.compareLink(web); link != "" {
		fmt.Fprintf(&b, "\nWhat is new in the source: %s\n", link)
	}
	b.WriteString("\n")
	return b.String()
}

// opening says what is proposed. The digest is known when the registry had the
// tag, which the gate puts there.
func (p Part) opening(web string) string {
	switch {
	case p.Commit == "":
		return fmt.Sprintf("Service `%s` is to run\n`%s`.\n\n", p.Service, p.Image)
	case p.Digest == "":
		return fmt.Sprintf("Service `%s`, built from %s, is to run\n`%s`.\n\n", p.Service, commitLink(web, p.Commit), p.Image)
	default:
		return fmt.Sprintf("Service `%s` was built from %s and passed its gate as\n`%s`.\n\n", p.Service, commitLink(web, p.Commit), p.Image)
	}
}

func commitLink(web, commit string) string {
	switch {
	case !isCommit(commit):
		return "`" + commit + "`"
	case web == "":
		return commit[:7]
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

// replacedAll are all source commits that the base branch names.
func (p Part) replacedAll() []string {
	var all []string
	for _, e := range p.Edits {
		all = append(all, Part{Edits: []Edit{e}}.replaced())
	}
	return all
}
