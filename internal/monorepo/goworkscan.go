// SPDX-License-Identifier: Apache-2.0

package monorepo

import "path"

// folders tell where modules lie in the repository.
type folders struct {
	// byPath are their folders, by the modules' paths.
	byPath map[string][]string
	// found keeps where imported packages may lie.
	found map[string][]target
}

func newFolders() *folders { return &folders{map[string][]string{}, map[string][]target{}} }

func (f *folders) add(module string, dirs ...string) {
	f.byPath[module] = append(f.byPath[module], dirs...)
}

func (f *folders) replace(replaced []Replaced) {
	for _, r := range replaced {
		f.add(r.Module, r.Folder)
	}
}

// folders is where the packages of a module, and those that it replaces, lie.
func (g *goWalk) folders(module string, mod *Module) *folders {
	f, ok := g.modules[module]
	if !ok {
		f = newFolders()
		f.add(mod.Path, module)
		f.replace(mod.Replaced)
		g.modules[module] = f
	}
	return f
}

// workspace is what a go.work file and the go.mod files of its modules say
// together: the replace directives of each of them count for all.
type workspace struct {
	shared
	file string
	// uses are the folders of its modules.
	uses     map[string]bool
	replaced []Replaced
	folders  *folders
}

// space is the workspace of the nearest go.work file at or above a module's
// folder; nil where there is none. The file counts for the service even where
// it does not use the module: it may have done so before.
func (g *goWalk) space(module string) *workspace {
	dir, ok := g.nearest(module, "go.work")
	if !ok {
		return nil
	}
	g.beside(dir, "module", "go.work", "go.work.sum", "vendor")
	file := path.Join(dir, "go.work")
	s, ok := g.spaces[file]
	if !ok {
		s = &workspace{file: file}
		g.spaces[file] = s
	}
	s.gather(g.walk, func() { g.gather(s) })
	return s
}

// gather reads the go.mod files of a workspace.
func (g *goWalk) gather(s *workspace) {
	s.uses, s.folders, s.replaced = map[string]bool{}, newFolders(), nil
	work := g.works.get(g.walk, s.file)
	if work == nil {
		return
	}
	s.replaced = work.Replaced
	s.folders.replace(work.Replaced)
	for _, use := range work.Uses {
		s.uses[use] = true
		if mod := g.mods.get(g.walk, path.Join(use, "go.mod")); mod != nil {
			s.folders.add(mod.Path, use)
			s.folders.replace(mod.Replaced)
		}
	}
}

// work makes the folders count that a go.work file puts in place of modules,
// and those whose modules a module of the service requires.
func (g *goWalk) work(s *workspace, module string) {
	g.replaces(s.replaced, s.file)
	if !g.own(module) {
		return
	}
	for todo := []string{module}; len(todo) > 0; todo = todo[1:] {
		file := path.Join(todo[0], "go.mod")
		mod := g.mods.get(g.walk, file)
		if mod == nil {
			continue
		}
		for _, r := range mod.Requires {
			for _, folder := range s.folders.byPath[r.Path] {
				if g.require(folder, Place{file, r.Line}) {
					todo = append(todo, folder)
				}
			}
		}
	}
}

// require makes a module of the workspace count, and tells whether what it
// requires is to be followed. Of one that holds the service's folder only what
// is imported counts, or each service there would be made of all.
func (g *goWalk) require(folder string, place Place) (follow bool) {
	_, above := within(folder, g.service.Path)
	if above || g.seen[folder] {
		return false
	}
	g.seen[folder] = true
	return g.depend(folder, "work", "module", place)
}
