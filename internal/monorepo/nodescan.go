// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"maps"
	"path"
	"slices"
	"strings"
)

const packageJSON = "package.json"

// node finds what packages of Node are made of beyond their services' folders:
// by workspaces of npm, yarn and pnpm, and by paths.
type node struct {
	packages *parsed[NodePackage]
	pnpm     *parsed[PNPMWorkspace]
	projects map[string]*project
}

func newNode(services []Service) *walks {
	n := &node{
		newParsed(func(_ string, data []byte) (*NodePackage, error) { return ReadPackageJSON(data) }),
		newParsed(func(_ string, data []byte) (*PNPMWorkspace, error) { return ReadPNPMWorkspace(data) }),
		map[string]*project{},
	}
	return newWalks(services, func(w *walk) { (&nodeWalk{w, n, map[string]bool{}, map[string]bool{}}).search() })
}

// nodeWalk is the search for one service.
type nodeWalk struct {
	*walk
	*node
	// seen are the packages that were followed, rooted the projects whose files count.
	seen, rooted map[string]bool
}

func (n *nodeWalk) search() {
	n.above(packageJSON, "pnpm-workspace.yaml")
	if !n.tree(n.service.Path) {
		return
	}
	var projects []*project
	dirs := n.nodeFolders(n.service.Path)
	for _, dir := range dirs {
		projects = append(projects, n.projectsOf(dir)...)
	}
	if len(dirs) > 0 {
		n.missingRoots()
	}
	for _, dir := range dirs {
		n.follow(dir, projects)
	}
}

// missingRoots makes the files count that make a folder above a project's root,
// where they may have been.
func (n *nodeWalk) missingRoots() {
	for _, dir := range upward(n.service.Path)[1:] {
		for _, name := range []string{packageJSON, "pnpm-workspace.yaml"} {
			file := path.Join(dir, name)
			if _, there := n.text(file); !there {
				n.gone = append(n.gone, Input{Root: file, Kind: "node", Place: Place{File: file}})
			}
		}
	}
}

// nodeFolders are the folders in and below one that hold a package.json.
func (n *nodeWalk) nodeFolders(dir string) []string { return n.addNodeFolders(nil, dir) }

func (n *nodeWalk) addNodeFolders(found []string, dir string) []string {
	items, _ := n.list(dir)
	for _, item := range items {
		if item.Name == packageJSON && !item.Dir {
			found = append(found, dir)
		}
		if item.Dir && item.Name != "node_modules" && !strings.HasPrefix(item.Name, ".") && item.Name != "testdata" {
			found = n.addNodeFolders(found, child(dir, item.Name))
		}
	}
	return found
}

// follow makes what a package needs count, and on from there. Its needs are
// looked for in its projects, and in those that it was reached from: it is
// installed with them.
func (n *nodeWalk) follow(dir string, from []*project) {
	file := path.Join(dir, packageJSON)
	p := n.packages.get(n.walk, file)
	if p == nil {
		return
	}
	projects := n.projectsOf(dir)
	for _, root := range projects {
		n.root(root)
	}
	for _, project := range from {
		if !slices.Contains(projects, project) {
			projects = append(projects, project)
		}
	}
	key := dir
	for _, project := range projects {
		key += "\x00" + project.dir
	}
	if n.seen[key] {
		return
	}
	n.seen[key] = true
	for _, need := range p.Needs {
		n.need(dir, need, projects)
	}
	n.forced(dir, file, p.Forced, projects)
}

// need makes count what a dependency of a package means.
func (n *nodeWalk) need(dir string, need NodeNeed, projects []*project) {
	place := Place{path.Join(dir, packageJSON), need.Line}
	spec := readSpec(need.Spec)
	n.paths(dir, spec.paths, place, projects)
	for _, project := range projects {
		n.paths(project.dir, spec.fromRoot, place, projects)
		for _, name := range []string{need.Name, spec.name} {
			for _, member := range project.members[name] {
				n.folder(member, place, projects)
			}
		}
	}
}

// forced makes the folders and files count that a project's own files set for
// all of its packages.
func (n *nodeWalk) forced(dir, file string, words []Named, projects []*project) {
	for _, word := range words {
		spec := readSpec(word.Name)
		n.paths(dir, slices.Concat(spec.paths, spec.fromRoot), Place{file, word.Line}, projects)
	}
}

// paths makes folders and tarballs count that are named by their paths.
func (n *nodeWalk) paths(dir string, names []string, place Place, projects []*project) {
	for _, name := range names {
		full, ok := beside(path.Join(dir, packageJSON), name)
		switch {
		case !ok:
		case isTarball(full):
			n.input(Input{Root: full, Kind: "node", Place: place})
		default:
			n.folder(full, place, projects)
		}
	}
}

// folder makes a folder count that a package needs.
func (n *nodeWalk) folder(dir string, place Place, projects []*project) {
	if n.depend(dir, "node", "node", place) {
		n.follow(dir, projects)
	}
}

// rootFiles decide at a project's root what its packages are built with.
func rootFiles() []string {
	return []string{
		packageJSON, "package-lock.json", "npm-shrinkwrap.json", ".npmrc",
		"pnpm-workspace.yaml", "pnpm-lock.yaml", ".pnpmfile.cjs",
		"yarn.lock", ".yarnrc", ".yarnrc.yml", "bun.lock", "bun.lockb",
	}
}

// root makes the files at a project's root count.
func (n *nodeWalk) root(p *project) {
	if n.rooted[p.dir] {
		return
	}
	n.rooted[p.dir] = true
	n.beside(p.dir, "node", rootFiles()...)
	n.gone = append(n.gone, p.gone...)
	for _, file := range slices.Sorted(maps.Keys(p.forced)) {
		n.forced(p.dir, file, p.forced[file], []*project{p})
	}
}
