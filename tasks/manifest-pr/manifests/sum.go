// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/adze-ci/adze/internal/manifest"
)

// Sum is what several plans make of the files that all of them were read from.
type Sum struct{ files map[string]Edited }

// Add takes in a plan. It is all or nothing: a plan that sets a value which an
// earlier one sets otherwise changes nothing.
func (s *Sum) Add(p Plan) error {
	next := map[string]Edited{}
	for _, f := range p.Files {
		changes, err := both(f.Path, s.files[f.Path].Changes, f.Changes)
		if err != nil {
			return err
		}
		f.Changes, f.After = changes, manifest.Splice(f.Before, changes)
		next[f.Path] = f
	}
	if s.files == nil {
		s.files = map[string]Edited{}
	}
	maps.Copy(s.files, next)
	return nil
}

// Files are the files to change, each once, by path.
func (s *Sum) Files() []Edited {
	return slices.SortedFunc(maps.Values(s.files), func(a, b Edited) int { return cmp.Compare(a.Path, b.Path) })
}

// both are the changes of two edits of one file, in order; what both do is done once.
func both(file string, a, b []manifest.Change) ([]manifest.Change, error) {
	all := slices.Concat(a, b)
	slices.SortStableFunc(all, func(a, b manifest.Change) int { return cmp.Compare(a.Start, b.Start) })
	all = slices.CompactFunc(all, func(a, b manifest.Change) bool {
		return a.Start == b.Start && a.End == b.End && a.Text == b.Text
	})
	for i := range all[:max(0, len(all)-1)] {
		if next := all[i+1]; next.Start < all[i].End || next.Start == all[i].Start {
			return nil, &manifest.Refusal{
				File: file, Line: next.Line, Column: next.Column,
				Reason: fmt.Sprintf("service %s wants %s here and service %s wants %s; give them images of their own", all[i].Service, all[i].New, next.Service, next.New),
			}
		}
	}
	return all, nil
}
