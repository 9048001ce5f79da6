// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"path"
	"slices"
)

// project is a folder whose package.json or pnpm-workspace.yaml names the
// folders of packages that belong together.
type project struct {
	shared
	dir   string
	globs workspaceGlobs
	// forced is what each of its files sets for all packages.
	forced map[string][]Named
	// members are the folders of its packages, by name.
	members map[string][]string
	// gone are where packages may have been that are there no more.
	gone []Input
}

// projectsOf are the projects that a package belongs to: the one whose root it
// is, those above whose globs match it, and those that these belong to.
func (n *nodeWalk) projectsOf(dir string) []*project {
	var found []*project
	inside := []string{dir}
	for _, above := range upward(dir) {
		p := n.project(above)
		if p == nil {
			continue
		}
		if slices.ContainsFunc(inside, func(dir string) bool {
			rest, _ := within(above, dir)
			return rest == "" || rest == "." || p.globs.has(rest)
		}) {
			p.gather(n.walk, func() { n.gather(p) })
			found = append(found, p)
			inside = append(inside, above)
		}
	}
	return found
}

// project is the one whose root a folder is; nil where it is none.
func (n *nodeWalk) project(dir string) *project {
	file, pnpmFile := path.Join(dir, packageJSON), path.Join(dir, "pnpm-workspace.yaml")
	p, pnpm := n.packages.get(n.walk, file), n.pnpm.get(n.walk, pnpmFile)
	if known, ok := n.projects[dir]; ok {
		return known
	}
	found := &project{dir: dir, forced: map[string][]Named{}}
	var globs []string
	if p != nil {
		globs = append(globs, p.Workspaces...)
		found.forced[file] = p.Forced
	}
	if pnpm != nil {
		globs = append(globs, pnpm.Packages...)
		found.forced[pnpmFile] = pnpm.Forced
	}
	if len(globs) == 0 {
		return nil
	}
	var err error
	if found.globs, err = readGlobs(globs); err != nil {
		n.fault(file, fmt.Errorf("reading the workspaces: %w", err))
		return nil
	}
	if n.known.read(file) && n.known.read(pnpmFile) {
		n.projects[dir] = found
	}
	return found
}

// gather finds a project's packages, and those of projects among them.
func (n *nodeWalk) gather(p *project) {
	p.members, p.gone = map[string][]string{}, nil
	there := map[string]bool{}
	for todo := []*project{p}; len(todo) > 0; todo = todo[1:] {
		p.gone = append(p.gone, todo[0].globs.missing(todo[0].dir, there)...)
		for _, dir := range append(todo[0].globs.folders(n.walk, todo[0].dir), todo[0].dir) {
			m := n.packages.get(n.walk, path.Join(dir, packageJSON))
			if m == nil || there[dir] {
				continue
			}
			there[dir] = true
			if m.Name != "" {
				p.members[m.Name] = append(p.members[m.Name], dir)
			}
			if nested := n.project(dir); nested != nil && dir != p.dir {
				todo = append(todo, nested)
			}
		}
	}
}
