// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"slices"
	"strings"
)

// Set sets images of several services in one go. It is all or nothing: a value
// that cannot be set safely is a [Refusal], and so is a file that mentions one of
// the images and cannot be parsed.
func (m *Manifest) Set(wants ...Want) (Result, error) {
	res := Result{Content: m.src}
	for _, w := range wants {
		if err := w.Validate(); err != nil {
			return Result{}, err
		}
	}
	s := newScreen(m.src)
	if wants = s.mentioned(wants); len(wants) == 0 {
		return res, nil
	}
	docs, err := m.documents()
	written := slices.ContainsFunc(wants, s.writes)
	switch {
	case err != nil && Templated(m.src):
		res.Templated = written || s.templated(wants)
		return res, nil
	case err != nil && !written:
		return res, nil
	case err != nil:
		return Result{}, err
	}
	found, err := find(m.name, docs, wants)
	if err != nil {
		return Result{}, err
	}
	res.Named, res.Places, res.Left = len(found.targets), found.places, found.left
	res.Templated = Templated(m.src) && len(found.left) > 0
	return m.apply(res, found.targets)
}

// apply splices the targets' new values into the source, and proves the outcome.
func (m *Manifest) apply(res Result, targets []target) (Result, error) {
	lines := newLineIndex(m.text)
	targets = slices.SortedFunc(slices.Values(targets), func(a, b target) int {
		return cmp.Or(cmp.Compare(a.node.Line, b.node.Line), cmp.Compare(a.node.Column, b.node.Column))
	})
	for _, t := range targets {
		if strings.TrimSpace(t.node.Value) == t.want && stays(t.node) {
			continue
		}
		c, err := place(m.name, m.src, lines, t)
		if err != nil {
			return Result{}, err
		}
		if last := len(res.Changes) - 1; last >= 0 && c.Start < res.Changes[last].End {
			return Result{}, refuse(m.name, t.node, "this value would be set together with another; write one of them apart")
		}
		res.Changes = append(res.Changes, c)
	}
	if len(res.Changes) == 0 {
		return res, nil
	}
	res.Content = Splice(m.src, res.Changes)
	if err := prove(m.name, m.docs, targets, res.Content); err != nil {
		return Result{}, err
	}
	return res, nil
}

// Splice replaces the bytes of each change; the changes are in order and apart.
func Splice(src []byte, changes []Change) []byte {
	out, at := make([]byte, 0, len(src)+64), 0
	for _, c := range changes {
		out = append(out, src[at:c.Start]...)
		out = append(out, c.Text...)
		at = c.End
	}
	return append(out, src[at:]...)
}
