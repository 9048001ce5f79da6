// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// entry is a file, a symlink or a submodule: its mode and its content, which
// for a submodule is the id of its commit.
type entry struct{ mode, data string }

// tree is what a commit holds, by path.
type tree map[string]entry

// put adds an entry in place of what lies above or below it.
func (t tree) put(path string, e entry) {
	maps.DeleteFunc(t, func(name string, _ entry) bool {
		return strings.HasPrefix(name, path+"/") || strings.HasPrefix(path, name+"/")
	})
	t[path] = e
}

// drop removes a path and all below it.
func (t tree) drop(path string) {
	maps.DeleteFunc(t, func(name string, _ entry) bool { return name == path || strings.HasPrefix(name, path+"/") })
}

func (t tree) pick(rnd *rand.Rand) (string, bool) {
	names := slices.Sorted(maps.Keys(t))
	if len(names) == 0 {
		return "", false
	}
	return names[rnd.IntN(len(names))], true
}

// stream writes commits as git-fast-import(1) reads them, branch cN for the Nth.
type stream struct {
	strings.Builder
	commits int
}

func (s *stream) put(format string, args ...any) { fmt.Fprintf(&s.Builder, format, args...) }

// commit writes a whole tree as a commit on some parents.
func (s *stream) commit(t tree, parents ...int) {
	s.commits++
	s.put("commit refs/heads/c%d\nmark :%d\ncommitter c <c@example.com> %d +0000\ndata 0\n", s.commits, s.commits, 1_700_000_000+s.commits)
	for i, p := range parents {
		s.put("%s :%d\n", []string{"from", "merge"}[min(i, 1)], p)
	}
	s.WriteString("deleteall\n")
	for _, name := range slices.Sorted(maps.Keys(t)) {
		e := t[name]
		if e.mode == submodule {
			s.put("M %s %s %s\n", e.mode, e.data, quote(name))
		} else {
			s.put("M %s inline %s\ndata %d\n%s\n", e.mode, quote(name), len(e.data), e.data)
		}
	}
}

const (
	regular    = "100644"
	executable = "100755"
	link       = "120000"
	submodule  = "160000"
)

// quote writes a path as git's C-style quoting has it.
func quote(path string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(path) + `"`
}

// story is a history at random, over services below ms/ whose names are each
// other's beginnings and whose files have awkward names.
type story struct {
	stream
	rnd   *rand.Rand
	trees []tree
	// fixed is in every tree.
	fixed tree
}

func newStory(rnd *rand.Rand, commits int, fixed tree) *story {
	s := &story{rnd: rnd, fixed: fixed}
	s.grow(s.fixed)
	for len(s.trees) < commits {
		switch n := rnd.IntN(40); {
		case n == 0:
			s.grow(s.fixed) // an orphan branch
		case n < 4:
			s.crissCross()
		case n < 10:
			s.octopus(2)
		case n < 12:
			s.octopus(3 + rnd.IntN(3))
		default:
			p := s.recent()
			s.grow(s.trees[p-1], p)
		}
	}
	return s
}

// recent is one of the last commits.
func (s *story) recent() int { return s.commits - s.rnd.IntN(min(s.commits, 5)) }

// grow commits a tree with some changes.
func (s *story) grow(from tree, parents ...int) {
	t := maps.Clone(from)
	for range s.rnd.IntN(5) {
		s.change(t)
	}
	maps.Copy(t, s.fixed)
	s.trees = append(s.trees, t)
	s.commit(t, parents...)
}

// octopus merges some commits, files taken from either.
func (s *story) octopus(n int) {
	parents := []int{s.recent()}
	t := maps.Clone(s.trees[parents[0]-1])
	for range n - 1 {
		p := 1 + s.rnd.IntN(s.commits)
		if slices.Contains(parents, p) {
			continue
		}
		parents = append(parents, p)
		for _, name := range slices.Sorted(maps.Keys(s.trees[p-1])) {
			if s.rnd.IntN(2) == 0 {
				t.put(name, s.trees[p-1][name])
			}
		}
	}
	s.grow(t, parents...)
}

// crissCross merges two commits in both directions, so that what follows has
// two merge bases.
func (s *story) crissCross() {
	a, b := s.recent(), s.recent()
	if a == b {
		return
	}
	s.grow(s.trees[a-1], a, b)
	s.grow(s.trees[b-1], b, a)
}

// change does one thing to a tree. Submodules, links, files and folders take
// each other's place.
func (s *story) change(t tree) {
	services := []string{"ms/a", "ms/a-b", "ms/ab", "ms/c", "ms/d", "ms/d/e", "other", "ms"}
	files := []string{"x", "y z", "sub", "sub/x", "sub/deep/er", "\xfe\xff", "new\nline", `quo"te`, `back\slash`, "-x", "é", "z,y", "tab\t", "Dockerfiles"}
	service := services[s.rnd.IntN(len(services))]
	name := service + "/" + files[s.rnd.IntN(len(files))]
	content := fmt.Sprint(s.rnd.IntN(3))
	switch s.rnd.IntN(14) {
	case 0:
		t.drop(service)
	case 1:
		if service != "ms" {
			t.put(service, entry{[]string{regular, link}[s.rnd.IntN(2)], content})
		}
	case 2, 3:
		t.put(service+"/Dockerfile", entry{[]string{regular, executable}[s.rnd.IntN(2)], "FROM x" + content})
	case 4, 5:
		if old, ok := t.pick(s.rnd); ok {
			e := t[old]
			t.drop(old)
			t.put(name, e) // a rename, now and then from one service to another
		}
	case 6:
		if old, ok := t.pick(s.rnd); ok {
			t.drop(old)
		}
	case 7:
		if old, ok := t.pick(s.rnd); ok && (t[old].mode == regular || t[old].mode == executable) {
			t[old] = entry{[]string{regular, executable}[s.rnd.IntN(2)], t[old].data}
		}
	case 8:
		t.put(name, entry{link, []string{content, "/" + content, "../../../../" + content}[s.rnd.IntN(3)]})
	case 9:
		t.put(name, entry{submodule, fmt.Sprintf("%040x", 1+s.rnd.IntN(2))})
	default:
		t.put(name, entry{[]string{regular, executable}[s.rnd.IntN(2)], content})
	}
}
