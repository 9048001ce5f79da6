// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"context"
	"fmt"
	"path"
	"strings"
)

// Files answers what a commit holds.
type Files interface {
	Tree
	// Read reads several files at once; what is no regular file has no key in
	// the answer.
	Read(ctx context.Context, paths []string) (map[string][]byte, error)
}

// Scan reads what the services of a commit are made of. A file that cannot be
// understood is a Fault in the graph, not an error.
func Scan(ctx context.Context, c *Config, s Services, files Files) (*Graph, error) {
	g := &Graph{Config: c, Services: s, Inputs: map[string][]Input{}, Edges: map[string][]Edge{}}
	sc := &scanner{graph: g, files: files, replaced: map[string][]Replaced{}, owners: map[string][]string{}}
	for _, svc := range s.All {
		sc.owners[svc.Path] = append(sc.owners[svc.Path], svc.Name)
	}
	texts, err := sc.readAll(ctx, s.All)
	if err != nil {
		return nil, fmt.Errorf("reading what services are made of: %w", err)
	}
	for _, svc := range s.All {
		sc.own(svc)
		sc.dockerfile(svc, texts[svc.Dockerfile])
		sc.modules(svc)
		for _, dep := range svc.DependsOn {
			sc.edge(Edge{svc.Name, dep, "dependsOn", Place{c.File, svc.Lines["dependsOn "+dep]}})
		}
	}
	return g, nil
}

type scanner struct {
	graph *Graph
	files Files
	// replaced holds, by folder, what the go.mod file there puts in place.
	replaced map[string][]Replaced
	// owners names the services of a folder, which may hold several Dockerfiles.
	owners map[string][]string
}

// readAll reads the Dockerfiles, and go.mod files level by level of replacing.
func (sc *scanner) readAll(ctx context.Context, services []Service) (map[string][]byte, error) {
	var paths, dirs []string
	for _, s := range services {
		paths = append(paths, s.Dockerfile)
		dirs = append(dirs, s.Path)
	}
	all := map[string][]byte{}
	for len(dirs)+len(paths) > 0 {
		for _, dir := range dirs {
			paths = append(paths, path.Join(dir, "go.mod"))
		}
		texts, err := sc.files.Read(ctx, paths)
		if err != nil {
			return nil, err
		}
		for name, text := range texts {
			all[name] = text
		}
		dirs, paths = sc.goMods(dirs, texts), nil
	}
	return all, nil
}

// goMods reads the go.mod files of folders, and lists the folders that they
// name and that have not been read.
func (sc *scanner) goMods(dirs []string, texts map[string][]byte) []string {
	var next []string
	for _, dir := range dirs {
		if _, ok := sc.replaced[dir]; ok {
			continue
		}
		file := path.Join(dir, "go.mod")
		sc.replaced[dir] = nil
		text, ok := texts[file]
		if !ok {
			continue
		}
		found, err := ReadGoMod(file, text)
		if err != nil {
			sc.graph.Faults = append(sc.graph.Faults, Fault{file, err})
		}
		sc.replaced[dir] = found
		for _, r := range found {
			next = append(next, r.Folder)
		}
	}
	return next
}

func (sc *scanner) input(s Service, in Input) {
	sc.graph.Inputs[s.Name] = append(sc.graph.Inputs[s.Name], in)
}

func (sc *scanner) edge(e Edge) { sc.graph.Edges[e.From] = append(sc.graph.Edges[e.From], e) }

// own adds what is an input of each service: its folder, its Dockerfile and
// what .dockerignore takes out of the context.
func (sc *scanner) own(s Service) {
	sc.input(s, Input{Root: s.Path, Kind: "folder", Place: Place{File: s.Path}})
	for _, file := range []string{s.Dockerfile, s.Dockerfile + ".dockerignore", path.Join(s.Context, ".dockerignore")} {
		if _, inside := within(s.Path, file); !inside {
			sc.input(s, Input{Root: file, Kind: "dockerfile", Place: Place{File: file}})
		}
	}
}

// dockerfile adds what the Dockerfile copies from outside of the service's folder.
func (sc *scanner) dockerfile(s Service, text []byte) {
	copied, err := ReadDockerfile(text)
	if err != nil {
		sc.graph.Faults = append(sc.graph.Faults, Fault{s.Dockerfile, err})
		return
	}
	for _, c := range copied {
		full := path.Join(s.Context, c.Source)
		in := Input{Root: full, Kind: "copy", Place: Place{s.Dockerfile, c.Line}}
		if _, inside := within(s.Path, full); inside {
			continue
		}
		if strings.ContainsAny(c.Source, `*?[\`) {
			p, err := ParsePattern("/" + full)
			if err != nil {
				sc.graph.Faults = append(sc.graph.Faults, Fault{s.Dockerfile, err})
				continue
			}
			in.Root, in.Pattern = "", &p
		}
		sc.input(s, in)
	}
}

// modules adds the folders that go.mod files put in place of modules: as an
// edge where that is a service's folder, as an input where it is another, and
// on from there.
func (sc *scanner) modules(s Service) {
	seen := map[string]bool{s.Path: true}
	for todo := []string{s.Path}; len(todo) > 0; todo = todo[1:] {
		for _, r := range sc.replaced[todo[0]] {
			place := Place{path.Join(todo[0], "go.mod"), r.Line}
			if seen[r.Folder] {
				continue
			}
			seen[r.Folder] = true
			for _, name := range sc.owners[r.Folder] {
				sc.edge(Edge{s.Name, name, "replace", place})
			}
			if len(sc.owners[r.Folder]) > 0 {
				continue
			}
			sc.input(s, Input{Root: r.Folder, Kind: "replace", Place: place})
			todo = append(todo, r.Folder)
		}
	}
}
