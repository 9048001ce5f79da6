// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/manifest"
	"github.com/adze-ci/adze/internal/step"
)

// Planned is the plan for a group of services, or why there is none.
type Planned struct {
	Plan
	Err error
}

// Edit plans the edit of all manifests of some services. It is all or nothing: a
// file that cannot be edited safely fails the whole.
func Edit(ctx context.Context, from Source, services ...Service) (Plan, error) {
	p := EditEach(ctx, from, services)[0]
	return p.Plan, p.Err
}

// EditEach does so for several groups, in order, and reads what they share once.
// What fails one group does not hold back the others.
func EditEach(ctx context.Context, from Source, groups ...[]Service) []Planned {
	work := make([]*group, len(groups))
	for i, services := range groups {
		work[i] = newGroup(services)
	}
	files := list(ctx, from, work)
	for _, f := range files {
		look(ctx, from, f, files, work)
	}
	planned := make([]Planned, len(groups))
	for i, g := range work {
		planned[i] = g.finish()
	}
	return planned
}

// look reads one file for all groups that it may concern.
func look(ctx context.Context, from Source, f File, files []File, work []*group) {
	var m *manifest.Manifest
	var content []byte
	for _, g := range work {
		scope := g.scope(f)
		if len(scope) == 0 {
			continue
		}
		if m == nil {
			var err error
			if content, err = read(ctx, from, f); err != nil {
				fail(work, f, err)
				return
			}
			m = manifest.Open(f.Path, content)
		}
		if f.Link != "" {
			g.link(f, m, scope, files)
			continue
		}
		g.edit(f, m, content, scope)
	}
}

// read reads a file. A link that cannot be followed reads as empty.
func read(ctx context.Context, from Source, f File) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	content, err := from.Read(ctx, f)
	if err != nil && f.Link == "" {
		return nil, fmt.Errorf("reading %s: %w", f.Path, err)
	}
	return content, nil
}

// fail fails all groups that a file may concern.
func fail(work []*group, f File, err error) {
	for _, g := range work {
		if len(g.scope(f)) > 0 {
			g.err = err
		}
	}
}

// group are services whose manifests change together or not at all.
type group struct {
	services []*searching
	plan     Plan
	err      error
}

// searching is a service on the way through the files.
type searching struct {
	Service
	paths           []string // clean
	searched, named int
	templated       []string
}

func newGroup(services []Service) *group {
	g := &group{}
	for _, s := range services {
		w := &searching{Service: s}
		for _, p := range s.Paths {
			w.paths = append(w.paths, clean(p))
		}
		g.services = append(g.services, w)
	}
	return g
}

// scope are the services that a file may concern; none once the group failed.
func (g *group) scope(f File) []*searching {
	if g.err != nil {
		return nil
	}
	var in []*searching
	for _, s := range g.services {
		if slices.ContainsFunc(s.paths, func(p string) bool { return covers(p, f.Path) }) {
			in = append(in, s)
		}
	}
	return in
}

// edit plans the edit of one file.
func (g *group) edit(f File, m *manifest.Manifest, content []byte, scope []*searching) {
	res, err := m.Set(wants(scope)...)
	if err != nil {
		g.err = err
		return
	}
	for _, s := range scope {
		s.searched++
		s.note(f, m, res)
	}
	if res.Templated {
		g.plan.Templated = append(g.plan.Templated, f.Path)
	}
	if len(res.Changes) > 0 {
		g.plan.Files = append(g.plan.Files, Edited{File: f, Before: content, After: res.Content, Changes: res.Changes})
	}
}

// link notes a link to a manifest that is not looked at itself.
func (g *group) link(f File, m *manifest.Manifest, scope []*searching, files []File) {
	_, looked := slices.BinarySearchFunc(files, f.Link, func(f File, path string) int { return strings.Compare(f.Path, path) })
	if res, err := m.Set(wants(scope)...); !looked && (err != nil || res.Named > 0 || res.Templated) {
		g.plan.Links = append(g.plan.Links, f.Path)
	}
}

// note counts what a file holds of a service.
func (s *searching) note(f File, m *manifest.Manifest, res manifest.Result) {
	for _, p := range res.Places {
		if p.Service == s.Name {
			s.named++
		}
	}
	if !res.Templated {
		return
	}
	if alone, err := m.Set(s.want()); err == nil && alone.Templated {
		s.templated = append(s.templated, f.Path)
	}
}

func (s *searching) want() manifest.Want { return manifest.Want{Service: s.Name, Image: s.Image} }

func wants(scope []*searching) []manifest.Want {
	all := make([]manifest.Want, len(scope))
	for i, s := range scope {
		all[i] = s.want()
	}
	return all
}

// finish fails a group with a service that no manifest names.
func (g *group) finish() Planned {
	for _, s := range g.services {
		if g.err == nil && s.named == 0 {
			g.err = s.unnamed()
		}
	}
	if g.err != nil {
		return Planned{Err: g.err}
	}
	return Planned{Plan: g.plan}
}

func (s *searching) unnamed() error {
	err := fmt.Errorf("no manifest names the image %s of service %s: searched %d files below %s",
		s.Image.Repository, s.Name, s.searched, strings.Join(s.Paths, ", "))
	if len(s.templated) > 0 {
		return step.Hint(err, "these hold template braces and were left alone: %s; keep the image in a values file", strings.Join(s.templated, ", "))
	}
	return step.Hint(err, "name the folders of its manifests under manifests in adze.yaml or with --path, and write the image there once by hand")
}
