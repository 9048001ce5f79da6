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
	trailerUnit    = "Adze-Unit"
	trailerTree    = "Adze-Tree"
)

// Proposal is what a unit's branch proposes.
type Proposal struct {
	// Key names the unit, and thereby the branch.
	Key string
	// Parts are the services proposed, at least one.
	Parts []Part

	tree string
}

// Part is what a proposal proposes for one service.
type Part struct {
	// Service is the service's name, and Commit the source commit it was built from.
	Service, Commit string
	// Image is the reference proposed, and Digest what it stood for when it was
	// proposed; empty when it was not asked.
	Image, Digest string
	// Edits are the values changed, with respect to the base branch and the parts before.
	Edits []Edit
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
	names := make([]string, len(p.Parts))
	for i, part := range p.Parts {
		names[i] = part.Service
	}
	return fmt.Sprintf("%s%s: %s → %s", Prefix, few(names), p.short(func(e Edit) string { return e.Old }), p.short(func(e Edit) string { return e.New }))
}

// edits are those of all parts.
func (p Proposal) edits() []Edit {
	var all []Edit
	for _, part := range p.Parts {
		all = append(all, part.Edits...)
	}
	return all
}

// part is the proposal's part of a service; the zero Part when it has none.
func (p Proposal) part(service string) Part {
	for _, part := range p.Parts {
		if part.Service == service {
			return part
		}
	}
	return Part{}
}

// proposes tells whether a part was built from a commit.
func (p Proposal) proposes(commit string) bool {
	return slices.ContainsFunc(p.Parts, func(part Part) bool { return part.Commit == commit })
}

// short names the versions on one side of the edits; tags and digests of the
// same place are named once, by the tag.
func (p Proposal) short(side func(Edit) string) string {
	var names []string
	for _, e := range p.edits() {
		if name := short(side(e)); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return few(names)
}

// few names two things, or one and how many others.
func few(names []string) string {
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

// Message is the commit's message: the edits, below their service's name where
// there are several, then the trailers, those of a part once per part. [ParseMessage] reads it back.
func (p Proposal) Message() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", p.Title())
	for _, part := range p.Parts {
		if len(p.Parts) > 1 {
			fmt.Fprintf(&b, "%s:\n", part.Service)
		}
		for _, e := range part.Edits {
			fmt.Fprintf(&b, "* %s: %s → %s\n", e.File, quoteEmpty(e.Old), e.New)
		}
		b.WriteString("\n")
	}
	for _, t := range p.trailers() {
		if t[1] != "" {
			fmt.Fprintf(&b, "%s: %s\n", t[0], t[1])
		}
	}
	return b.String()
}

// trailers are the message's last lines, in order. A unit of one service is named as it is.
func (p Proposal) trailers() [][2]string {
	var all [][2]string
	for _, part := range p.Parts {
		all = append(all, [][2]string{
			{trailerService, part.Service}, {trailerCommit, part.Commit}, {trailerImage, part.Image}, {trailerDigest, part.Digest},
		}...)
	}
	if len(p.Parts) != 1 || p.Key != p.Parts[0].Service {
		all = append(all, [2]string{trailerUnit, p.Key})
	}
	return append(all, [2]string{trailerTree, p.tree})
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
	edits, under := map[string][]Edit{}, ""
	for line := range strings.Lines(message) {
		line = strings.TrimRight(line, "\r\n")
		if e, ok := parseEdit(line); ok {
			edits[under] = append(edits[under], e)
		} else if name, ok := strings.CutSuffix(line, ":"); ok {
			under = name
		} else if key, value, ok := strings.Cut(line, ": "); ok {
			p.set(key, value)
		}
	}
	for i, part := range p.Parts {
		p.Parts[i].Edits = append(edits[part.Service], edits[""]...)
	}
	if p.Key == "" && len(p.Parts) == 1 {
		p.Key = p.Parts[0].Service
	}
	return p, p.complete() && strings.HasPrefix(message, Prefix)
}

// set takes a trailer's value. Each part begins with its service.
func (p *Proposal) set(key, value string) {
	if key == trailerService {
		p.Parts = append(p.Parts, Part{Service: value})
	}
	part := &Part{}
	if n := len(p.Parts); n > 0 {
		part = &p.Parts[n-1]
	}
	switch key {
	case trailerCommit:
		part.Commit = value
	case trailerImage:
		part.Image = value
	case trailerDigest:
		part.Digest = value
	case trailerUnit:
		p.Key = value
	case trailerTree:
		p.tree = value
	}
}

// complete tells whether nothing is missing that makes a proposal.
func (p Proposal) complete() bool {
	return p.Key != "" && len(p.Parts) > 0 && !slices.ContainsFunc(p.Parts, func(part Part) bool { return part.Service == "" || part.Image == "" })
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
