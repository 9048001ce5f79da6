// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"fmt"
	"slices"
	"strings"
)

// Prefix begins the title of each proposal and the subject of its commits,
// merged or not: a trigger knows our own updates by it.
const Prefix = "[Update manifest] "

// The trailers that a proposal's commit carries.
const (
	trailerService = "Adze-Service"
	trailerCommit  = "Adze-Commit"
	trailerImage   = "Adze-Image"
	trailerDigest  = "Adze-Image-Digest"
	trailerTree    = "Adze-Tree"
)

// Proposal is what a service's branch proposes.
type Proposal struct {
	// Service is the service's name, and Commit the source commit it was built from.
	Service, Commit string
	// Image is the reference proposed, and Digest what it stood for when it was
	// proposed; empty when it was not asked.
	Image, Digest string
	// Edits are the values changed, with respect to the base branch.
	Edits []Edit

	tree string
}

// Edit is one value that a proposal changes.
type Edit struct {
	// File is the path in the repository.
	File string
	// Old and New are the value before and after.
	Old, New string
}

// Title is the commit's subject and the pull request's title.
func (p Proposal) Title() string {
	return fmt.Sprintf("%s%s: %s → %s", Prefix, p.Service, p.short(func(e Edit) string { return e.Old }), p.short(func(e Edit) string { return e.New }))
}

// short names the versions on one side of the edits; tags and digests of the
// same place are named once, by the tag.
func (p Proposal) short(side func(Edit) string) string {
	var names []string
	for _, e := range p.Edits {
		if name := short(side(e)); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > 2:
		return fmt.Sprintf("%s and %d others", names[0], len(names)-1)
	default:
		return strings.Join(names, ", ")
	}
}

// short is a reference's tag, or its digest when it has no tag; commit ids and
// digests are cut as git cuts them.
func short(ref string) string {
	name, digest, pinned := strings.Cut(ref, "@")
	tag := name
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') && !isDigest(name) {
		tag = name[colon+1:]
	} else if pinned {
		tag = digest
	}
	switch {
	case isDigest(tag):
		return tag[:len("sha256:")+7]
	case isCommit(tag):
		return tag[:7]
	default:
		return tag
	}
}

func isDigest(s string) bool { return strings.HasPrefix(s, "sha256:") && len(s) == 71 }

func isCommit(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

// Message is the commit's message. [ParseMessage] reads it back.
func (p Proposal) Message() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", p.Title())
	for _, e := range p.Edits {
		fmt.Fprintf(&b, "* %s: %s → %s\n", e.File, quoteEmpty(e.Old), e.New)
	}
	b.WriteString("\n")
	for _, t := range [][2]string{
		{trailerService, p.Service}, {trailerCommit, p.Commit}, {trailerImage, p.Image}, {trailerDigest, p.Digest}, {trailerTree, p.tree},
	} {
		if t[1] != "" {
			fmt.Fprintf(&b, "%s: %s\n", t[0], t[1])
		}
	}
	return b.String()
}

func quoteEmpty(s string) string {
	if s == "" {
		return `""`
	}
	return s
}

// ParseMessage reads a proposal out of its commit's message; false when the
// message is not one of ours.
func ParseMessage(message string) (Proposal, bool) {
	var p Proposal
	for line := range strings.Lines(message) {
		line = strings.TrimRight(line, "\r\n")
		if e, ok := parseEdit(line); ok {
			p.Edits = append(p.Edits, e)
			continue
		}
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case trailerService:
			p.Service = value
		case trailerCommit:
			p.Commit = value
		case trailerImage:
			p.Image = value
		case trailerDigest:
			p.Digest = value
		case trailerTree:
			p.tree = value
		}
	}
	return p, p.Service != "" && p.Image != "" && strings.HasPrefix(message, Prefix)
}

func parseEdit(line string) (Edit, bool) {
	rest, ok := strings.CutPrefix(line, "* ")
	before, after, ok2 := strings.Cut(rest, " → ")
	colon := strings.LastIndex(before, ": ")
	if !ok || !ok2 || colon < 0 {
		return Edit{}, false
	}
	e := Edit{File: before[:colon], Old: before[colon+2:], New: after}
	if e.Old == `""` {
		e.Old = ""
	}
	return e, true
}
