// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// golang finds what Go code is made of beyond its service's folder: by replace
// directives, by go.work, and by the imports of what has its go.mod above.
type golang struct {
	// copies tells that what Dockerfiles copy counts.
	copies  bool
	mods    *parsed[Module]
	works   *parsed[Work]
	sources *parsed[Source]
	// spaces are by their go.work files.
	spaces map[string]*workspace
	// modules are those above services, by their folders.
	modules map[string]*folders
}

func newGo(services []Service, copies bool) *walks {
	g := &golang{
		copies: copies, mods: newParsed(ReadGoMod), works: newParsed(ReadGoWork), sources: newParsed(ReadGoFile),
		spaces: map[string]*workspace{}, modules: map[string]*folders{},
	}
	return newWalks(services, func(w *walk) { (&goWalk{w, g, map[string]bool{w.service.Path: true}, map[string]bool{}}).search() })
}

// goWalk is the search for one service.
type goWalk struct {
	*walk
	*golang
	// seen are the folders that count already, imported the packages that do.
	seen, imported map[string]bool
}

func (g *goWalk) search() {
	g.above("go.mod", "go.work")
	if !g.tree(g.service.Path) {
		return
	}
	home, inModule := g.nearest(g.service.Path, "go.mod")
	packages := map[string][]string{}
	for _, dir := range g.goFolders(g.service.Path) {
		if g.has(dir, "go.mod") {
			packages[dir] = nil
		}
		if module, ok := g.module(dir, home, inModule); ok && g.holdsGo(dir) {
			packages[module] = append(packages[module], dir)
		}
	}
	for _, module := range slices.Sorted(maps.Keys(packages)) {
		g.follow(module, packages[module])
	}
}

// goFolders are a folder and those below it that may hold packages.
func (g *goWalk) goFolders(dir string) []string { return g.addGoFolders(nil, dir) }

func (g *goWalk) addGoFolders(found []string, dir string) []string {
	found = append(found, dir)
	items, _ := g.list(dir)
	for _, item := range items {
		if item.Dir && !strings.HasPrefix(item.Name, ".") && !strings.HasPrefix(item.Name, "_") &&
			!slices.Contains([]string{"testdata", "vendor", "node_modules"}, item.Name) {
			found = g.addGoFolders(found, child(dir, item.Name))
		}
	}
	return found
}

// module is the folder of the go.mod that a folder of the service belongs to.
func (g *goWalk) module(dir, home string, inModule bool) (string, bool) {
	for _, dir := range upward(dir) {
		if g.own(dir) && g.has(dir, "go.mod") {
			return dir, true
		}
	}
	return home, inModule
}

func (g *goWalk) holdsGo(dir string) bool {
	items, _ := g.list(dir)
	return slices.ContainsFunc(items, isGoFile)
}

// isGoFile tells whether an item is a Go file that is built outside of tests.
func isGoFile(i Item) bool {
	return !i.Dir && strings.HasSuffix(i.Name, ".go") && !strings.HasSuffix(i.Name, "_test.go") && i.Name[0] != '.' && i.Name[0] != '_'
}

// follow finds what some packages of the service depend on, which belong to the
// module in a folder.
func (g *goWalk) follow(module string, packages []string) {
	mod := g.mods.get(g.walk, path.Join(module, "go.mod"))
	if mod == nil {
		return
	}
	if g.own(module) {
		g.replaces(mod.Replaced, path.Join(module, "go.mod"))
	} else {
		g.missing(g.service.Path, "module", "go.mod")
		g.beside(module, "module", "go.mod", "go.sum", "vendor")
	}
	g.missing(module, "module", "go.work")
	space := g.space(module)
	if space != nil && space.uses[module] {
		g.work(space, module)
		g.imports(module, packages, space.folders, "work")
	} else if !g.own(module) {
		g.imports(module, packages, g.folders(module, mod), "import")
	}
}

// replaces makes folders count that are put in place of modules, and on from
// there what their go.mod files replace.
func (g *goWalk) replaces(replaced []Replaced, file string) {
	for _, r := range replaced {
		if g.seen[r.Folder] {
			continue
		}
		g.seen[r.Folder] = true
		if !g.depend(r.Folder, "replace", "replace", Place{file, r.Line}) {
			continue
		}
		next := path.Join(r.Folder, "go.mod")
		if mod := g.mods.get(g.walk, next); mod != nil {
			g.replaces(mod.Replaced, next)
		}
	}
}
