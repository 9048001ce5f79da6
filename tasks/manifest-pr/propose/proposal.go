// SPDX-License-Identifier: Apache-2.0

package propose

import "slices"

// Proposal is what a unit's branch proposes.
type Proposal struct {
	// Key names the unit, and thereby the branch.
	Key string
	// Parts are the services proposed, at least one.
	Parts []Part
	// Base is the branch that it is to be merged into; empty in a commit of the
	// time when the branch's name said nothing of it.
	Base string
	// Source is the repository that the commits are from, OWNER/NAME; empty
	// where it is the same one.
	Source string
	// Notes tell where the proposal comes from.
	Notes Notes

	tree string
}

// Part is what a proposal proposes for one service.
type Part struct {
	// Service is the service's name, and Commit the source commit it was built from.
	Service, Commit string
	// Image is the reference proposed, and Digest what it stood for when it was
	// proposed; empty when it was not asked.
	Image, Digest string
	// Summary is what the scan of the image said; may be empty.
	Summary string
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

// same tells whether two proposals set the same values to the same images.
func (p Proposal) same(q Proposal) bool {
	return p.Key == q.Key && slices.EqualFunc(p.Parts, q.Parts, func(a, b Part) bool {
		return a.Service == b.Service && a.Commit == b.Commit && a.Image == b.Image && a.Digest == b.Digest && slices.Equal(a.Edits, b.Edits)
	})
}
