// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"fmt"
	"strings"
	"text/template"
)

// Templates make what people read of a proposal, by text/template. A nil one is
// the default.
type Templates struct {
	// Title makes what follows [Prefix] in a title, from a [Headline], and Body
	// the text, from a [Text].
	Title, Body *template.Template

	branches map[bool]affixes // by whether the base is the default branch
}

// ParseTemplates reads the templates for titles, texts and the names of branches,
// from a [BranchName], and tries them on a sample; an empty one is the default.
func ParseTemplates(title, body, branch, base string) (Templates, error) {
	var t Templates
	var err error
	if t.branches, err = parseBranchName(branch, base); err != nil {
		return Templates{}, err
	}
	for _, one := range []struct {
		into       **template.Template
		name, text string
		data       any
	}{{&t.Title, "title", title, sample.headline()}, {&t.Body, "body", body, sample.text("", "main", maxRows)}} {
		if one.text == "" {
			continue
		}
		parsed, err := template.New(one.name).Parse(one.text)
		if err != nil {
			return Templates{}, fmt.Errorf("reading the %s's template: %w", one.name, err)
		}
		if _, err := render(parsed, one.data); err != nil {
			return Templates{}, err
		}
		*one.into = parsed
	}
	return t, nil
}

// sample is a proposal that has everything.
var sample = Proposal{
	Key: "web", Notes: Notes{Source: &SourceCommit{Subject: "subject"}, Pusher: "login", PipelineRun: "ci/run"},
	Parts: []Part{{Service: "web", Commit: strings.Repeat("a", 40), Image: "registry.example/web:v2", Digest: "sha256:" + strings.Repeat("a", 64),
		Edits: []Edit{{"manifests/web.yaml", "v1", "v2"}}, Summary: "passed"}},
}

func render(t *template.Template, data any) (string, error) {
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		return "", fmt.Errorf("filling in the %s's template: %w", t.Name(), err)
	}
	return b.String(), nil
}

// Headline is what a title's template sees. What strangers wrote is one line, in
// which the forge finds nothing to act on.
type Headline struct {
	// Key names the unit, and Services what it proposes.
	Key      string
	Services []string
	// Old and New are the versions, as the default title names them.
	Old, New string
	// Subject and Author are those of the source commit, empty when not known.
	Subject, Author string
	// Pusher is who pushed, and PipelineRun which run proposes; may be empty.
	Pusher, PipelineRun string
}

func (p Proposal) headline() Headline {
	h := Headline{Key: inert(p.Key), Old: p.short(func(e Edit) string { return e.Old }), New: p.short(func(e Edit) string { return e.New }),
		Pusher: inert(p.Notes.Pusher), PipelineRun: inert(p.Notes.PipelineRun)}
	for _, part := range p.Parts {
		h.Services = append(h.Services, inert(part.Service))
	}
	if s := p.Notes.Source; s != nil {
		h.Subject, h.Author = inert(s.Subject), inert(s.Author.Name)
	}
	return h
}

// maxTitle is how long the forge lets a title be, in characters.
const maxTitle = 256

// title is the pull request's. It begins with [Prefix] whatever the template says.
func (t Templates) title(p Proposal) (string, error) {
	if t.Title == nil {
		return shorten(p.Title(), maxTitle), nil
	}
	text, err := render(t.Title, p.headline())
	if err != nil {
		return "", err
	}
	text = strings.Join(strings.Fields(text), " ")
	return shorten(Prefix+strings.TrimPrefix(text, strings.TrimSpace(Prefix)+" "), maxTitle), nil
}

func shorten(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}
