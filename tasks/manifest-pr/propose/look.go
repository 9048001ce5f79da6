// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"cmp"
	"context"
)

// Look says how proposals look, and what is done with their pull requests
// beside. The zero Look is complete.
type Look struct {
	// Templates make titles, texts and branches.
	Templates Templates
	// Author is who the commits are by; the owner of the credentials where none is given.
	Author Author
	// SignOff adds the trailer Signed-off-by, which needs an Author.
	SignOff bool
	// Signed makes commits that the forge signs, which it does for no given Author.
	Signed bool
	// PipelineRun is the run that proposes, NAMESPACE/NAME; Pusher is who pushed
	// what it built. Both may be empty.
	PipelineRun, Pusher string
	// Summaries are what the scan said of services, by name.
	Summaries map[string]string
	// Extras are done with a pull request once.
	Extras Extras
}

// signedOffBy is the trailer's value, or empty.
func (l Look) signedOffBy() string {
	if !l.SignOff {
		return ""
	}
	return l.Author.String()
}

// bare is how another run's proposal is made again: without what is of this run.
func (l Look) bare() Look {
	return Look{Templates: l.Templates, Author: l.Author, SignOff: l.SignOff, Signed: l.Signed}
}

// annotate adds to a proposal what its commit tells beside. Head is what the
// branch proposes by now: of its versions that stay, the scan's words stay too, and
// who pushed them where a refresh does not know it.
func (r *Repository) annotate(ctx context.Context, p, head Proposal) (Proposal, error) {
	p.Notes = Notes{Pusher: r.Look.Pusher, PipelineRun: r.Look.PipelineRun, SignedOffBy: r.Look.signedOffBy()}
	if head.covers(p) && p.Notes.PipelineRun == "" {
		p.Notes.Pusher, p.Notes.PipelineRun = cmp.Or(p.Notes.Pusher, head.Notes.Pusher), head.Notes.PipelineRun
	}
	parts, source := make([]Part, len(p.Parts)), ""
	for i, part := range p.Parts {
		old := head.part(part.Service)
		part.Summary = r.Look.Summaries[part.Service]
		if old.Commit == part.Commit && part.Summary == "" {
			part.Summary = old.Summary
		}
		if source == "" || old.Commit != part.Commit {
			source = part.Commit
		}
		parts[i] = part
	}
	p.Parts = parts
	var err error
	p.Notes.Source, err = r.sourceCommit(ctx, source)
	return p, err
}

// words are title and text of a proposal's pull request, above what stands at the mark.
func (r *Repository) words(p Proposal, m mark) (title, body string, err error) {
	if title, err = r.Look.Templates.title(p); err != nil {
		return "", "", err
	}
	body, err = r.Look.Templates.body(p, r.web(), r.Base, m.room())
	return title, m.under(body), err
}
