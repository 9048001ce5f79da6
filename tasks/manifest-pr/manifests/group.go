// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"fmt"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/step"
)

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
	left            []Left
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

// take takes in what the nth file holds.
func (g *group) take(files []File, n int, found *finding) {
	switch f := files[n]; {
	case g.err != nil || found == nil:
	case f.Link != "":
		if found.err != nil || found.Named > 0 || len(found.left) > 0 {
			g.link(files, f)
		}
	case found.err != nil:
		g.err = found.err
	default:
		g.file(f, found)
	}
}

// link notes a link to a manifest that is not looked at itself.
func (g *group) link(files []File, f File) {
	if _, looked := slices.BinarySearchFunc(files, f.Link, func(f File, path string) int { return strings.Compare(f.Path, path) }); !looked {
		g.plan.Links = append(g.plan.Links, f.Path)
	}
}

// file notes what is to change in a file, and what each service has there.
func (g *group) file(f File, found *finding) {
	if len(found.Changes) > 0 {
		g.plan.Files = append(g.plan.Files, Edited{File: f, Before: found.before, After: found.Content, Changes: found.Changes})
	}
	for _, l := range found.left {
		g.plan.Left = append(g.plan.Left, Left{f.Path, l})
	}
	for _, s := range g.scope(f) {
		s.searched++
		for _, p := range found.Places {
			if p.Service == s.Name {
				s.named++
			}
		}
		for _, l := range found.left {
			if l.Service == s.Name {
				s.left = append(s.left, Left{f.Path, l})
			}
		}
	}
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

// leftTold is how many places are told that were left alone, where no other is found.
const leftTold = 5

func (s *searching) unnamed() error {
	err := fmt.Errorf("no manifest names the image %s of service %s: searched %d files below %s",
		s.Image.Repository, s.Name, s.searched, strings.Join(s.Paths, ", "))
	if len(s.left) > 0 {
		var told []string
		for _, l := range s.left[:min(len(s.left), leftTold)] {
			told = append(told, l.String())
		}
		if more := len(s.left) - len(told); more > 0 {
			told = append(told, fmt.Sprintf("and %d more", more))
		}
		return step.Hint(err, "what mentions it was left alone: %s", strings.Join(told, ". "))
	}
	return step.Hint(err, "name the folders of its manifests under manifests in adze.yaml or with --path, and write the image there once by hand")
}
