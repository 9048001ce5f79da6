// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/internal/manifest"
	"github.com/adze-ci/adze/internal/run"
)

// harm is what the tools did to the corpus, by row and tool.
type harm struct {
	rows []string
	at   map[string]map[string]*done
}

// done is what became of some samples.
type done struct {
	samples, values int
	// bytes were deleted or inserted outside of values, missed values are as
	// they were, and broken samples could not be edited, or not be read afterwards.
	bytes, missed, broken int
}

// tool edits one manifest.
type tool struct {
	name  string
	takes func(sample) bool
	// edit changes a file in a folder.
	edit func(ctx context.Context, p programs, dir, file string) error
}

// editors are what is let loose on the corpus. What manifest-pr edits with is
// called as it calls it: its flags leave the digest of an image that is to be named
// by tag to a registry, and there is none here.
func editors() []tool {
	all := func(sample) bool { return true }
	return []tool{
		{wayOwn, all, func(_ context.Context, _ programs, dir, file string) error {
			file = filepath.Join(dir, file)
			content, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			res, err := manifest.Open(filepath.Base(file), content).Set(wanted)
			if err != nil {
				return err
			}
			return os.WriteFile(file, res.Content, 0o600)
		}},
		{"yq", all, func(ctx context.Context, p programs, dir, file string) error {
			return run.Command{Path: p.yq, Args: []string{"-i", expression(), file}, Dir: dir}.Run(ctx)
		}},
		{"kustomize edit", sample.isKustomization, func(ctx context.Context, p programs, dir, _ string) error {
			return run.Command{Path: p.kustomize, Args: []string{"edit", "set", "image", repository + "=" + repository + ":" + newTag}, Dir: dir}.Run(ctx)
		}},
	}
}

// damage lets every tool edit every sample in every variant.
func (b *bench) damage(ctx context.Context) (*harm, error) {
	samples, err := corpus(b.root)
	if err != nil {
		return nil, err
	}
	h := &harm{at: map[string]map[string]*done{}}
	return h, progress.Do(b.progress, "editing the corpus", func() error {
		for _, v := range variants() {
			for _, s := range samples {
				row := v.name
				if row == "" {
					row = s.group
				}
				s.content = v.apply(s.content)
				for _, t := range editors() {
					if err := b.try(ctx, t, s, h.cell(row, t.name)); err != nil {
						return fmt.Errorf("%s, %s: %w", row, t.name, err)
					}
				}
			}
		}
		return nil
	})
}

// cell is where a row's figures of a tool are kept.
func (h *harm) cell(row, tool string) *done {
	if h.at[row] == nil {
		h.rows = append(h.rows, row)
		h.at[row] = map[string]*done{}
	}
	if h.at[row][tool] == nil {
		h.at[row][tool] = &done{}
	}
	return h.at[row][tool]
}

// try lets a tool edit a sample.
func (b *bench) try(ctx context.Context, t tool, s sample, d *done) error {
	if !t.takes(s) {
		return nil
	}
	dir, err := os.MkdirTemp(b.work, "sample-")
	if err != nil {
		return err
	}
	file := filepath.Join(dir, s.name)
	if err := os.WriteFile(file, s.content, 0o600); err != nil {
		return err
	}
	failed := t.edit(ctx, b.programs, dir, s.name)
	after, err := os.ReadFile(file)
	if err != nil {
		return errors.Join(failed, err)
	}
	return d.judge(s, after, failed != nil)
}

// judge holds what a tool made of a sample against it.
func (d *done) judge(s sample, after []byte, failed bool) error {
	before, values, err := masked(s.name, s.content)
	if err != nil {
		return err
	}
	d.samples++
	d.values += values
	if failed {
		d.broken++
		return nil
	}
	res, err := manifest.Open(s.name, after).Set(wanted)
	if err != nil {
		d.broken++
		return nil //nolint:nilerr // the tool made it unreadable, which is counted
	}
	d.missed += len(res.Changes) + max(0, values-res.Named)
	then, _, err := masked(s.name, after)
	d.bytes += distance(before, then)
	return err
}

// verdict is an error when manifest-pr itself did harm.
func (h *harm) verdict() error {
	for _, row := range h.rows {
		if d := h.at[row][wayOwn]; d.bytes+d.missed+d.broken > 0 {
			return fmt.Errorf("manifest-pr did harm to the corpus, row %q: %+v", row, *d)
		}
	}
	return nil
}
