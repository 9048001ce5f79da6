// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Change is one value that was set.
type Change struct {
	// Line and Column say where the value begins; both count from 1, columns in characters.
	Line, Column int
	// Old and New are the value before and after.
	Old, New string

	start, end int
	text       string
}

// Result is what became of one file.
type Result struct {
	// Content is the file after the edit.
	Content []byte
	// Changes are the values that differ from before, in order.
	Changes []Change
	// Named counts the values that name the image, those already right included.
	Named int
	// Templated says that the file mentions the image between template braces
	// and was left alone.
	Templated bool
}

// File sets the image in one file. The name chooses nothing but how a
// kustomization without `kind` is known, and stands in errors. A file that
// does not mention the image is not parsed.
func File(name string, src []byte, img Image) (Result, error) {
	if err := img.Validate(); err != nil {
		return Result{}, err
	}
	res := Result{Content: src}
	if !bytes.Contains(src, []byte(img.lastName())) {
		return res, nil
	}
	if bytes.Contains(src, []byte("{{")) {
		res.Templated = true
		return res, nil
	}
	docs, err := parse(name, src)
	if err != nil {
		return res, err
	}
	targets, err := find(name, docs, img)
	if err != nil {
		return res, err
	}
	res.Named = len(targets)
	return apply(name, res, docs, targets)
}

// apply splices the targets' new values into the source, and proves the outcome.
func apply(name string, res Result, docs []*yaml.Node, targets []target) (Result, error) {
	src, lines := res.Content, newLineIndex(res.Content)
	for _, t := range targets {
		if strings.TrimSpace(t.node.Value) == t.want && stays(t.node) {
			continue
		}
		c, err := place(name, src, lines, t)
		if err != nil {
			return Result{}, err
		}
		res.Changes = append(res.Changes, c)
	}
	if len(res.Changes) == 0 {
		return res, nil
	}
	slices.SortFunc(res.Changes, func(a, b Change) int { return cmp.Compare(a.start, b.start) })
	res.Content = splice(src, res.Changes)
	return res, prove(name, docs, targets, res.Content)
}

// splice replaces each change's bytes; changes are in order and apart.
func splice(src []byte, changes []Change) []byte {
	out, at := make([]byte, 0, len(src)+64), 0
	for _, c := range changes {
		out = append(out, src[at:c.start]...)
		out = append(out, c.text...)
		at = c.end
	}
	return append(out, src[at:]...)
}
