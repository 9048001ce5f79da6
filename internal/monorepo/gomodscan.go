// SPDX-License-Identifier: Apache-2.0

package monorepo

import "path"

// goMods finds the folders that replace directives put in place of modules,
// read level by level of replacing.
type goMods struct {
	services []Service
	// replaced holds, by folder, what the go.mod file there puts in place.
	replaced map[string][]Replaced
	faults   []Fault
	// wanted are folders whose go.mod has been asked for and not been read.
	wanted []string
}

func newGoMods(services []Service) *goMods {
	m := &goMods{services: services, replaced: map[string][]Replaced{}}
	for _, s := range services {
		m.wanted = append(m.wanted, s.Path)
	}
	return m
}

func (m *goMods) next(k *known) wants {
	var w wants
	var still []string
	for todo := m.wanted; len(todo) > 0; todo = todo[1:] {
		dir := todo[0]
		file := path.Join(dir, "go.mod")
		if _, done := m.replaced[dir]; done {
			continue
		}
		if !k.read(file) {
			w.files = append(w.files, file)
			still = append(still, dir)
			continue
		}
		m.replaced[dir] = nil
		text, there := k.text(file)
		if !there {
			continue
		}
		found, err := ReadGoMod(file, text)
		if err != nil {
			m.faults = append(m.faults, Fault{file, err})
		}
		if found == nil {
			continue
		}
		m.replaced[dir] = found.Replaced
		for _, r := range found.Replaced {
			todo = append(todo, r.Folder)
		}
	}
	m.wanted = still
	return w
}

func (m *goMods) finish(b *builder) {
	b.Faults = append(b.Faults, m.faults...)
	for _, s := range m.services {
		m.modules(b, s)
	}
}

// modules adds the folders that go.mod files put in place of modules: as an
// edge where that is a service's folder, as an input where it is another, and
// on from there.
func (m *goMods) modules(b *builder, s Service) {
	seen := map[string]bool{s.Path: true}
	for todo := []string{s.Path}; len(todo) > 0; todo = todo[1:] {
		for _, r := range m.replaced[todo[0]] {
			place := Place{path.Join(todo[0], "go.mod"), r.Line}
			if seen[r.Folder] {
				continue
			}
			seen[r.Folder] = true
			for _, name := range b.owners[r.Folder] {
				b.edge(Edge{s.Name, name, "replace", place})
			}
			if len(b.owners[r.Folder]) > 0 {
				continue
			}
			b.input(s.Name, Input{Root: r.Folder, Kind: "replace", Place: place})
			todo = append(todo, r.Folder)
		}
	}
}
