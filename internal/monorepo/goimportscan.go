// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"path"
	"slices"
	"strings"
)

// target is a folder that may hold an imported package, and its module's.
type target struct{ dir, module string }

// targets are the folders in the repository that may hold an imported package.
// Where modules' paths begin alike, each counts: which of them has the package
// shows in the tree.
func (f *folders) targets(from, name string) []target {
	if found, ok := f.found[name]; ok {
		return found
	}
	if strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") {
		if dir, ok := beside(path.Join(from, "x.go"), name); ok {
			return []target{{dir, ""}}
		}
		return nil
	}
	var found []target
	for prefix := name; prefix != "." && prefix != "/"; prefix = path.Dir(prefix) {
		for _, module := range f.byPath[prefix] {
			found = append(found, target{path.Join(module, path.Clean("/"+name[len(prefix):])), module})
		}
	}
	f.found[name] = found
	return found
}

// imports makes packages count that some of the service's packages import, and
// what those import in turn, until another service's folder is reached.
func (g *goWalk) imports(module string, packages []string, in *folders, kind string) {
	if g.copied(module, packages) {
		return
	}
	for _, dir := range packages {
		g.imported[dir] = true
	}
	for todo := slices.Clone(packages); len(todo) > 0; todo = todo[1:] {
		dir := todo[0]
		items, _ := g.list(dir)
		for _, item := range items {
			if !isGoFile(item) {
				continue
			}
			file := path.Join(dir, item.Name)
			source := g.source(file)
			for _, embed := range source.Embeds {
				g.embed(dir, items, embed.Name, Place{file, embed.Line})
			}
			for _, name := range source.Imports {
				for _, to := range in.targets(dir, name.Name) {
					if g.imported[to.dir] {
						continue
					}
					if next, ok := g.takes(to, module, kind, Place{file, name.Line}); ok {
						todo = append(todo, next)
					}
				}
			}
		}
	}
}

// copied tells whether the Dockerfile copies a module's folder as a whole, so
// that imports tell nothing new. Where .dockerignore takes away Go files of the
// service, it is not built there, and imports do tell.
func (g *goWalk) copied(module string, packages []string) bool {
	if !g.copies {
		return false
	}
	text, _ := g.text(g.service.Dockerfile)
	file, err := ReadDockerfile(text, g.service.BuildArgs)
	whole := err == nil && slices.ContainsFunc(file.Copied, func(c Copied) bool {
		_, ok := within(path.Join(g.service.Context, c.Source), module)
		return ok && !strings.ContainsAny(c.Source, `*?[\`)
	})
	return whole && !g.ignored(packages)
}

func (g *goWalk) ignored(packages []string) bool {
	for _, name := range ignoreFiles(g.service) {
		text, there := g.text(name)
		if !there {
			continue
		}
		except, err := ReadDockerignore(g.service.Context, text)
		return err != nil || except != nil && slices.ContainsFunc(packages, func(dir string) bool {
			items, _ := g.list(dir)
			return slices.ContainsFunc(items, func(i Item) bool { return isGoFile(i) && except.Has(path.Join(dir, i.Name)) })
		})
	}
	return false
}

// source is what a Go file says; its text is of no more use.
func (g *goWalk) source(file string) Source {
	source := g.sources.get(g.walk, file)
	if source == nil {
		return Source{}
	}
	if text, _ := g.known.text(file); len(text) > 0 {
		g.wants.spent = append(g.wants.spent, file)
	}
	return *source
}

// takes makes an imported package count, and tells its folder where its own
// imports are to be followed.
func (g *goWalk) takes(to target, module, kind string, place Place) (dir string, follow bool) {
	dir, there := g.real(to.dir, place)
	if !there {
		return "", false
	}
	again := g.imported[dir]
	g.imported[to.dir], g.imported[dir] = true, true
	switch owners := g.owner(dir); {
	case again:
		return "", false
	case g.own(dir):
		return dir, true
	case len(owners) > 0:
		if to.module == module {
			kind = "import"
		}
		for _, name := range owners {
			g.edge(name, kind, place)
		}
		return "", false
	}
	g.input(Input{Root: dir, Flat: true, Kind: "import", Place: place})
	if to.module != "" && to.module != module {
		g.beside(to.module, "module", "go.mod", "go.sum")
	}
	return dir, true
}

// real is the folder that a path leads to, by symlinks on the way, each of
// which counts too.
func (g *goWalk) real(dir string, place Place) (string, bool) {
	for range mostLinks {
		_, there := g.list(dir)
		if there || !g.known.listed(dir) {
			return dir, there
		}
		link, ok := g.linkAbove(dir)
		if !ok {
			return "", false
		}
		g.input(Input{Root: link, Kind: "import", Place: place})
		target, ok := g.link(link)
		if !ok {
			return "", false
		}
		rest, _ := within(link, dir)
		dir = path.Join(target, rest)
	}
	return "", false
}

// linkAbove is the first symlink on the way to a path from the repository's root.
func (g *goWalk) linkAbove(dir string) (string, bool) {
	for _, dir := range slices.Backward(upward(dir)) {
		items, _ := g.list(path.Dir(dir))
		if slices.Contains(items, Item{Name: path.Base(dir), Link: true}) {
			return dir, true
		}
	}
	return "", false
}

// embed makes what a package embeds count beside the files in its folder. What
// lies in the service's folder counts already.
func (g *goWalk) embed(dir string, items []Item, pattern string, place Place) {
	full := path.Join(dir, path.Clean("/"+pattern))
	if g.own(dir) || slices.Contains(items, Item{Name: pattern}) {
		return
	}
	if !strings.ContainsAny(pattern, `*?[\`) {
		g.input(Input{Root: full, Kind: "import", Place: place})
		return
	}
	p, err := ParsePattern("/" + quotedGlob(dir) + "/" + strings.TrimPrefix(path.Clean("/"+pattern), "/"))
	if err != nil {
		g.fault(place.File, err)
		return
	}
	g.input(Input{Pattern: &p, Kind: "import", Place: place})
}
