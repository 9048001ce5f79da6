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
	dir   string
	globs workspaceGlobs
	// forced is what each of its files sets for all packages.
	forced map[string][]Named
	// members are the folders of its packages, by name.
	members map[string][]string
	// gone are where packages may have been that are there no more.
	gone []Input
	// defined is the gathering of the files, gathered that of the packages.
	defined, gathered shared
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
			p.gathered.gather(n.walk, func() { n.gather(p) })
			found = append(found, p)
			inside = append(inside, above)
		}
	}
	return found
}

// project is the one whose root a folder is; nil where it is none. Of a folder
// there is but one.
func (n *nodeWalk) project(dir string) *project {
	p, ok := n.projects[dir]
	if !ok {
		p = &project{dir: dir}
		n.projects[dir] = p
	}
	p.defined.gather(n.walk, func() { n.define(p) })
	if len(p.globs) == 0 {
		return nil
	}
	return p
}

// define reads what makes a folder a project.
func (n *nodeWalk) define(p *project) {
	file, pnpmFile := path.Join(p.dir, packageJSON), path.Join(p.dir, "pnpm-workspace.yaml")
	p.forced = map[string][]Named{}
	var globs []string
	if npm := n.packages.get(n.walk, file); npm != nil {
		globs = append(globs, npm.Workspaces...)
		p.forced[file] = npm.Forced
	}
	if pnpm := n.pnpm.get(n.walk, pnpmFile); pnpm != nil {
		globs = append(globs, pnpm.Packages...)
		p.forced[pnpmFile] = pnpm.Forced
	}
	var err error
	if p.globs, err = readGlobs(globs); err != nil {
		n.fault(file, fmt.Errorf("reading the workspaces: %w", err))
	}
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
