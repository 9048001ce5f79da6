// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
)

// What follows answers from the model, in the plainest way that the README's
// words allow.

// matches tells whether a pattern of the few kinds that estates have matches.
func matches(pattern, file string) bool {
	if suffix, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(file, suffix)
	}
	if dir, ok := strings.CutSuffix(pattern, "/**"); ok {
		return strings.HasPrefix(file, dir+"/")
	}
	if strings.Contains(pattern, "*") {
		return path.Dir(pattern) == path.Dir(file) && strings.HasSuffix(file, strings.TrimPrefix(path.Base(pattern), "*"))
	}
	return file == pattern || strings.HasPrefix(file, pattern+"/")
}

// lastMatch is the last of some patterns that matches: 1, -1 for one with "!",
// 0 for none.
func lastMatch(patterns []string, file string) int {
	for _, p := range slices.Backward(patterns) {
		if not, ok := strings.CutPrefix(p, "!"); ok && matches(not, file) {
			return -1
		} else if !ok && matches(p, file) {
			return 1
		}
	}
	return 0
}

// isInput tells whether a file is an input of a service itself.
func (e estate) isInput(name, file string) bool {
	m := e.services[name]
	if n := lastMatch(m.inputs, file); n != 0 {
		return n > 0
	}
	if matches("s/"+name, file) || file == ".dockerignore" {
		return true
	}
	for _, source := range m.copies {
		if takenOut := e.noMarkdown && strings.HasSuffix(file, ".md"); matches(source, file) && !takenOut {
			return true
		}
	}
	for _, dir := range e.reached("s/" + name) {
		if _, ok := e.services[path.Base(dir)]; !ok && matches(dir, file) {
			return true
		}
	}
	return false
}

// reached are the folders that go.mod files lead to, on from libraries and not
// from services.
func (e estate) reached(from string) []string {
	var out []string
	todo := e.services[path.Base(from)].replaces
	for len(todo) > 0 {
		dir := todo[0]
		todo = todo[1:]
		if slices.Contains(out, dir) || dir == from {
			continue
		}
		out = append(out, dir)
		todo = slices.Concat(todo, e.libs[dir])
	}
	return out
}

// depends is the transitive closure of the edges, by Warshall's algorithm.
func (e estate) depends() map[string]map[string]bool {
	names := slices.Sorted(maps.Keys(e.services))
	d := map[string]map[string]bool{}
	for _, name := range names {
		d[name] = map[string]bool{name: true}
		deps := slices.Concat(e.services[name].dependsOn, e.services[name].images)
		for _, dir := range e.reached("s/" + name) {
			deps = append(deps, path.Base(dir))
		}
		for _, dep := range deps {
			if _, ok := e.services[dep]; ok {
				d[name][dep] = true
			}
		}
	}
	for _, k := range names {
		for _, i := range names {
			for _, j := range names {
				if d[i][k] && d[k][j] {
					d[i][j] = true
				}
			}
		}
	}
	return d
}

// affected are the services that some changed files affect, and those that are
// new or defined otherwise than before.
func (e estate) affected(before estate, changed []string) []string {
	itself := map[string]bool{}
	for name, m := range e.services {
		old, ok := before.services[name]
		itself[name] = !ok || !reflect.DeepEqual([][]string{old.dependsOn, old.inputs}, [][]string{m.dependsOn, m.inputs})
		for _, file := range changed {
			ignored := lastMatch(e.ignore, file) > 0
			global := lastMatch(e.global, file) > 0 && !ignored
			touched := e.isInput(name, file) && (!ignored || lastMatch(m.inputs, file) > 0)
			itself[name] = itself[name] || global || touched
		}
	}
	var out []string
	for name, deps := range e.depends() {
		for dep := range deps {
			if itself[dep] && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// hash is a service's input hash as the README specifies it, over the lines of
// git ls-tree -rz.
func (e estate) hash(name, listing string) (hash, inputs string) {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSuffix(listing, "\x00"), "\x00") {
		head, file, _ := strings.Cut(line, "\t")
		fields := strings.Fields(head)
		for dep := range e.depends()[name] {
			if e.isInput(dep, file) {
				lines = append(lines, fields[0]+" "+fields[2]+"\t"+file+"\x00")
				break
			}
		}
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[strings.Index(a, "\t"):], b[strings.Index(b, "\t"):]) })
	inputs = strings.Join(lines, "")
	sum := sha256.Sum256([]byte("adze-inputs-v1\x00" + inputs))
	return hex.EncodeToString(sum[:]), inputs
}
