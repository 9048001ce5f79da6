// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/plain"
)

// Prefix begins the title of each proposal and the subject of its commits,
// merged or not: a trigger knows our own updates by it.
const Prefix = "[Update manifest] "

// maxName is the most of a service's name or a version that a title shows, in characters.
const maxName = 64

// Title is the commit's subject and the pull request's title.
func (p Proposal) Title() string {
	names := make([]string, len(p.Parts))
	for i, part := range p.Parts {
		names[i] = defused(plain.Line(part.Service, maxName))
	}
	return fmt.Sprintf("%s%s: %s → %s", Prefix, few(names), p.short(func(e Edit) string { return e.Old }), p.short(func(e Edit) string { return e.New }))
}

// short names the versions on one side of the edits; tags and digests of the
// same place are named once, by the tag.
func (p Proposal) short(side func(Edit) string) string {
	var names []string
	for _, e := range p.edits() {
		if name := defused(plain.Line(short(side(e)), maxName)); name != "" && !slices.Contains(names, name) {
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

// isCommit knows the id of a commit; GitHub's repositories have those of SHA-1
// only, so that the 64 digits of a digest are none.
func isCommit(s string) bool {
	return len(s) == 40 && strings.Trim(s, "0123456789abcdef") == ""
}

func quoteEmpty(s string) string {
	if s == "" {
		return `""`
	}
	return s
}
