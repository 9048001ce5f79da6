// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/adze-ci/adze/internal/plain"
)

// The trailers that tell where a proposal comes from. Argo CD reads the last six of
// a commit that it syncs, and shows the source commit beside it:
// https://argo-cd.readthedocs.io/en/stable/user-guide/source-hydrator/#commit-tracing
const (
	trailerSummary = "Adze-Summary"
	trailerPusher  = "Adze-Pusher"
	trailerRun     = "Adze-PipelineRun"
	trailerSignOff = "Signed-off-by"

	argoAuthor  = "Argocd-reference-commit-author"
	argoDate    = "Argocd-reference-commit-date"
	argoSHA     = "Argocd-reference-commit-sha"
	argoSubject = "Argocd-reference-commit-subject"
	argoBody    = "Argocd-reference-commit-body"
	argoRepo    = "Argocd-reference-commit-repourl"
)

// The most of a line, and of the rest of a source commit's message, that a
// trailer holds, in characters.
const (
	maxSubject = 250
	maxMessage = 2000
)

// Notes tell where a proposal comes from. They stand in its commit, so that the
// pull request's text follows from the commit alone.
type Notes struct {
	// Source is the commit that the run built; nil when it is not known.
	Source *SourceCommit
	// Pusher is who pushed it, as the forge or the caller names them.
	Pusher string
	// PipelineRun is the run that proposes, NAMESPACE/NAME.
	PipelineRun string
	// SignedOffBy is NAME <EMAIL>, or empty.
	SignedOffBy string
}

// trailers are the lines of the commit's last paragraph, key and value, none
// with an empty value. In no value does a forge find anything to act on.
func (n Notes) trailers() [][2]string {
	lines := [][2]string{
		{trailerPusher, inert(n.Pusher)},
		{trailerRun, plain.Line(n.PipelineRun, maxSubject)},
	}
	if s := n.Source; s != nil {
		lines = append(lines, [][2]string{
			{argoAuthor, s.Author.address()}, {argoDate, date(s.Date)}, {argoSHA, s.SHA},
			{argoSubject, inert(s.Subject)}, {argoBody, quoteBody(s.Body)}, {argoRepo, s.RepoURL},
		}...)
	}
	lines = append(lines, [2]string{trailerSignOff, n.SignedOffBy})
	kept := lines[:0]
	for _, l := range lines {
		if l[1] != "" {
			kept = append(kept, l)
		}
	}
	return kept
}

// read takes one trailer back; false when it is none of these.
func (n *Notes) read(key, value string) bool {
	switch key {
	case trailerPusher:
		n.Pusher = revived(value)
	case trailerRun:
		n.PipelineRun = value
	case trailerSignOff:
		n.SignedOffBy = value
	default:
		return n.readSource(key, value)
	}
	return true
}

func (n *Notes) readSource(key, value string) bool {
	if !strings.HasPrefix(key, "Argocd-reference-commit-") {
		return false
	}
	s := n.Source
	if s == nil {
		s = &SourceCommit{}
		n.Source = s
	}
	switch key {
	case argoAuthor:
		s.Author = parseAddress(value)
	case argoDate:
		s.Date, _ = time.Parse(time.RFC3339, value)
	case argoSHA:
		s.SHA = value
	case argoSubject:
		s.Subject = revived(value)
	case argoBody:
		_ = json.Unmarshal([]byte(value), &s.Body)
	case argoRepo:
		s.RepoURL = value
	}
	return true
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// quoteBody writes a message as a JSON string of one line. What a forge would act
// on, and what cannot be seen, is escaped, so that nothing is lost to the reader.
func quoteBody(s string) string {
	if s == "" {
		return ""
	}
	if runes := []rune(s); len(runes) > maxMessage {
		s = string(runes[:maxMessage-1]) + "…"
	}
	escape := map[int]bool{}
	for _, at := range effects.FindAllStringIndex(s, -1) {
		escape[at[0]] = true
	}
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r > 0xffff && !unicode.IsGraphic(r):
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		case escape[i] || r == '"' || r == '\\' || !unicode.IsGraphic(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
