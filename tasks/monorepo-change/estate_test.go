// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// estate is a monorepo with dependencies of all kinds, as a model that can be
// written as files and asked what depends on what, without reading them.
type estate struct {
	services map[string]member
	// libs are folders of Go modules, with the folders that each puts in place
	// of modules.
	libs map[string][]string
	// files are those that nothing is derived from.
	files          tree
	ignore, global []string
	// noMarkdown tells that .dockerignore takes *.md out of contexts.
	noMarkdown bool
}

// member is one service.
type member struct {
	// copies are the sources of COPY, from the repository's root.
	copies []string
	// replaces are the folders in its go.mod.
	replaces []string
	// images are the services whose images its Dockerfile names.
	images    []string
	dependsOn []string
	inputs    []string
}

func (e estate) clone() estate {
	e.services, e.libs, e.files = maps.Clone(e.services), maps.Clone(e.libs), maps.Clone(e.files)
	return e
}

var (
	estateNames    = []string{"ant", "bee", "cat", "dog", "elk", "fox"}
	estateLibs     = []string{"lib/p", "lib/q", "lib/r"}
	estateCopies   = []string{"lib/p", "lib/q/sub", "shared/a.txt", "shared/*.txt", "docs", "s/ant", "s/bee/main.txt"}
	estatePatterns = []string{"*.md", "docs/**", "shared/a.txt", "shared/**", "lib/p", "lib/r/sub/**", "*.flag", "s/cat/**"}
)

func newEstate(rnd *rand.Rand) estate {
	e := estate{services: map[string]member{}, libs: map[string][]string{}, files: tree{}}
	for _, lib := range estateLibs {
		e.libs[lib] = nil
	}
	for range 12 {
		e.change(rnd)
		e.rebuild(rnd)
	}
	return e
}

// change writes or removes a file that nothing is derived from.
func (e estate) change(rnd *rand.Rand) {
	dirs := slices.Concat(slices.Sorted(maps.Keys(e.libs)), []string{"shared", "docs", "docs/more", "build"})
	for _, name := range slices.Sorted(maps.Keys(e.services)) {
		dirs = append(dirs, "s/"+name)
	}
	files := []string{"a.txt", "main.txt", "README.md", "x.flag", "sub/a.txt", "sub/b.md"}
	path := dirs[rnd.IntN(len(dirs))] + "/" + files[rnd.IntN(len(files))]
	if _, ok := e.files[path]; ok && rnd.IntN(4) == 0 {
		delete(e.files, path)
	} else {
		e.files[path] = entry{[]string{regular, executable}[rnd.IntN(2)], fmt.Sprint(rnd.IntN(1000))}
	}
}

// rebuild changes what depends on what.
func (e *estate) rebuild(rnd *rand.Rand) {
	name := estateNames[rnd.IntN(len(estateNames))]
	switch rnd.IntN(10) {
	case 0:
		lib := estateLibs[rnd.IntN(len(estateLibs))]
		e.libs[lib] = some(rnd, slices.Concat(estateLibs, e.folders()), 2)
	case 1:
		e.ignore = some(rnd, estatePatterns, 2)
	case 2:
		e.global = some(rnd, estatePatterns, 2)
	case 3:
		e.noMarkdown = !e.noMarkdown
	case 4:
		delete(e.services, name)
		for other, m := range e.services {
			m.dependsOn = slices.DeleteFunc(slices.Clone(m.dependsOn), func(dep string) bool { return dep == name })
			e.services[other] = m
		}
	default:
		others := slices.DeleteFunc(slices.Sorted(maps.Keys(e.services)), func(other string) bool { return other == name })
		var inputs []string
		for _, p := range some(rnd, estatePatterns, 3) {
			inputs = append(inputs, []string{"", "!"}[rnd.IntN(2)]+p)
		}
		e.services[name] = member{
			copies: some(rnd, estateCopies, 3), replaces: some(rnd, slices.Concat(estateLibs, e.folders()), 2),
			images: some(rnd, others, 1), dependsOn: some(rnd, others, 2), inputs: inputs,
		}
	}
}

func (e estate) folders() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(e.services)) {
		out = append(out, "s/"+name)
	}
	return out
}

// some picks up to most of the words, each at most once.
func some(rnd *rand.Rand, words []string, most int) []string {
	n := min(rnd.IntN(most+1), len(words))
	var out []string
	for _, i := range rnd.Perm(len(words))[:n] {
		out = append(out, words[i])
	}
	return out
}

// tree writes the estate as files, its services by name, or in an order at
// random.
func (e estate) tree(rnd *rand.Rand) tree {
	t := maps.Clone(e.files)
	for lib, replaces := range e.libs {
		t[lib+"/go.mod"] = entry{regular, goMod(lib, replaces)}
	}
	for name, m := range e.services {
		t["s/"+name+"/go.mod"] = entry{regular, goMod("s/"+name, m.replaces)}
		t["s/"+name+"/Dockerfile"] = entry{regular, m.dockerfile()}
	}
	if e.noMarkdown {
		t[".dockerignore"] = entry{regular, "**/*.md\n"}
	}
	t["adze.yaml"] = entry{regular, e.config(rnd)}
	return t
}

// goMod is a go.mod file; the folder of another module is two folders up.
func goMod(dir string, replaces []string) string {
	text := "module example.com/" + dir + "\n\ngo 1.26\n"
	for _, r := range replaces {
		if r != dir {
			text += fmt.Sprintf("replace example.com/%s => ../../%s\n", r, r)
		}
	}
	return text
}

const estateRegistry = "registry.example.com/estate"

func (m member) dockerfile() string {
	text := "FROM scratch\n"
	for _, name := range m.images {
		text += fmt.Sprintf("COPY --from=%s/%s /f /f\n", estateRegistry, name)
	}
	for _, source := range m.copies {
		text += "COPY " + source + " /x/\n"
	}
	return text
}

func (e estate) config(rnd *rand.Rand) string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\nregistry: %s\n", estateRegistry)
	names := slices.Sorted(maps.Keys(e.services))
	if rnd != nil {
		rnd.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	}
	b.WriteString("services:\n  discover: ['none/*']\n  list:\n")
	for _, name := range names {
		m := e.services[name]
		fmt.Fprintf(&b, "    - name: %s\n      path: s/%s\n      context: .\n", name, name)
		fmt.Fprintf(&b, "      dependsOn: %s\n      inputs: %s\n", words(m.dependsOn), words(m.inputs))
	}
	fmt.Fprintf(&b, "ignore: %s\nglobal: %s\n", words(e.ignore), words(e.global))
	return b.String()
}

// words is a YAML list in one line.
func words(list []string) string {
	var quoted []string
	for _, w := range list {
		quoted = append(quoted, "'"+w+"'")
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
