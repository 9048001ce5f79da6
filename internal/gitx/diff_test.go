// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/gitx/githttp"
)

// randomHistory writes a git-fast-import(1) stream: commits at random, merges
// among them, over files, symlinks and submodules with awkward names, where
// files become folders and folders files.
func randomHistory(rnd *rand.Rand, commits int) string {
	names := []string{"a", "b", "c d", "é", "\xff\xfe", "new\nline", `quo"te`, "-x", "z,y"}
	modes := []string{"100644", "100644", "100755", "120000", "160000"}
	name := func() string {
		words := []string{names[rnd.IntN(len(names))]}
		for range rnd.IntN(3) {
			words = append(words, names[rnd.IntN(len(names))])
		}
		return quote(strings.Join(words, "/"))
	}
	var b strings.Builder
	for i := 1; i <= commits; i++ {
		fmt.Fprintf(&b, "commit refs/heads/c%d\nmark :%d\ncommitter c <c@example.com> %d +0000\ndata 1\nx\n", i, i, 1_700_000_000+i)
		if i > 1 && rnd.IntN(30) > 0 {
			fmt.Fprintf(&b, "from :%d\n", i-1-rnd.IntN(min(i-1, 5)))
			for range rnd.IntN(8) / 5 {
				fmt.Fprintf(&b, "merge :%d\n", 1+rnd.IntN(i-1))
			}
		}
		for range rnd.IntN(6) {
			switch mode := modes[rnd.IntN(len(modes))]; {
			case rnd.IntN(4) == 0:
				fmt.Fprintf(&b, "D %s\n", name())
			case mode == "160000":
				fmt.Fprintf(&b, "M 160000 %040x %s\n", 1+rnd.IntN(3), name())
			default:
				fmt.Fprintf(&b, "M %s inline %s\ndata 1\n%d\n", mode, name(), rnd.IntN(4))
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// quote writes a path as git's C-style quoting has it.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// Git itself is the oracle: some hundred pairs of commits, through every transport.
func TestDiffIsGits(t *testing.T) {
	root := t.TempDir()
	rnd := rand.New(rand.NewPCG(7, 11))
	pairs := 0
	for h := range 6 {
		dir := filepath.Join(root, fmt.Sprint("r", h))
		git(t, root, "init", "-q", dir)
		const commits = 80
		fastImport(t, dir, randomHistory(rnd, commits))
		git(t, dir, "config", "uploadpack.allowFilter", fmt.Sprint(h%3 != 2))
		s, err := githttp.New(t.Context(), root, false)
		if err != nil {
			t.Fatal(err)
		}
		old, err := githttp.New(t.Context(), root, false)
		if err != nil {
			t.Fatal(err)
		}
		old.Break = oldProtocol
		clone := filepath.Join(root, fmt.Sprint("shallow", h))
		git(t, root, "clone", "-q", "--depth=3", fmt.Sprintf("--branch=c%d", commits), "--no-checkout", "file://"+dir, clone)
		local := open(t, Options{Source: dir})
		for i := range 60 {
			a, b := plumb(t, git(t, dir, "rev-parse", fmt.Sprint("c", 1+rnd.IntN(commits)))), plumb(t, git(t, dir, "rev-parse", fmt.Sprint("c", 1+rnd.IntN(commits))))
			want := strings.FieldsFunc(git(t, dir, "diff", "-z", "--no-renames", "--name-only", a.String(), b.String()), func(r rune) bool { return r == 0 })
			slices.Sort(want)
			repos := []*Repo{local}
			if i%30 == 0 {
				repos = append(repos, open(t, Options{URL: fmt.Sprintf("%s/r%d", old.URL, h)}))
			}
			if i%10 == 0 {
				repos = append(repos, open(t, Options{URL: fmt.Sprintf("%s/r%d", s.URL, h)}), open(t, Options{Source: clone, URL: fmt.Sprintf("%s/r%d", s.URL, h)}))
			}
			for _, r := range repos {
				if got := changedPaths(t, r, a, b); !slices.Equal(got, want) {
					t.Fatalf("history %d, %s..%s from %s:\ngot  %q\nwant %q", h, a, b, r.where(), got, want)
				}
				pairs++
			}
		}
		s.Close()
		old.Close()
	}
	if pairs < 400 {
		t.Errorf("only %d pairs were compared", pairs)
	}
}

func changedPaths(t *testing.T, r *Repo, a, b ID) []string {
	t.Helper()
	cs, err := r.Commits(t.Context(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := r.Diff(t.Context(), cs[0].Tree, cs[1].Tree)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, c := range changes {
		paths = append(paths, c.Path)
	}
	return paths
}

func TestManyPairsShareTheirRequests(t *testing.T) {
	dir, s := served(t)
	var trees []ID
	for i := range 4 {
		write(t, dir, fmt.Sprintf("d%d/x/y/file", i), "1", "same/x/y/file", fmt.Sprint(i))
		trees = append(trees, plumb(t, git(t, dir, "rev-parse", commit(t, dir).String()+"^{tree}")))
	}
	pairs := []Pair{{trees[0], trees[3]}, {trees[1], trees[3]}, {trees[3], trees[3]}, {trees[0], trees[3]}, {ID{}, trees[0]}, {trees[2], ID{}}, {}}
	r := open(t, Options{URL: s.URL + "/repo"})
	var got [][]Change
	err := r.DiffEach(t.Context(), pairs, func(n int, changes []Change) error {
		if n != len(got) {
			t.Errorf("answer %d comes after %d others", n, len(got))
		}
		got = append(got, changes)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Requests()); n != 5 {
		t.Errorf("%d requests, want one for the capabilities and one for each of four levels", n)
	}
	for i, p := range pairs {
		alone, err := open(t, Options{Source: dir}).Diff(t.Context(), p.Old, p.New)
		if err != nil || !slices.Equal(got[i], alone) {
			t.Errorf("pair %d: got %v, alone %v, %v", i, got[i], alone, err)
		}
	}
	if len(got[0]) != 4 || len(got[2]) != 0 || len(got[4]) != 2 {
		t.Errorf("got %v", got)
	}
}

// A comparison that is foreseen comes along with what is read before it, level
// by level; where it cannot be had, what was asked for still comes.
func TestForeseenComparisonComesAlong(t *testing.T) {
	dir, s := served(t)
	write(t, dir, "a/b/file", "1", "x/one", "1", "x/y/two", "2")
	old := commit(t, dir)
	write(t, dir, "a/b/file", "2")
	now := commit(t, dir)
	read := func(foreseen string) (*Repo, Commit, Commit) {
		r := open(t, Options{URL: s.URL + "/repo"})
		found, err := r.Commits(t.Context(), old, now)
		if err != nil {
			t.Fatal(err)
		}
		r.Foresee(foreseen, found[1])
		s.Requests()
		texts, err := r.Snapshot(found[1]).Read(t.Context(), []string{"x/one", "x/y/two"})
		if err != nil || string(texts["x/one"]) != "1" || string(texts["x/y/two"]) != "2" {
			t.Fatalf("got %q, %v", texts, err)
		}
		return r, found[0], found[1]
	}
	r, from, to := read(old.String())
	if n := len(s.Requests()); n != 3 {
		t.Errorf("%d requests, want one for each of two levels and one for the files", n)
	}
	changes, err := r.Diff(t.Context(), from.Tree, to.Tree)
	if err != nil || len(changes) != 1 || changes[0].Path != "a/b/file" {
		t.Errorf("got %v, %v", changes, err)
	}
	if made := s.Requests(); len(made) != 0 {
		t.Errorf("requests %q, though all levels came along", made)
	}
	for _, other := range []string{"", "main", strings.Repeat("1", 40), strings.Repeat("0", 40)} {
		r, from, to = read(other)
		s.Requests()
		if _, err := r.Diff(t.Context(), from.Tree, to.Tree); err != nil || len(s.Requests()) != 2 {
			t.Errorf("%q was foreseen: %v", other, err)
		}
	}

	r, from, to = read("")
	r.ahead = newFrontier([]Pair{{ID{1}, to.Tree}})
	if _, err := r.Trees(t.Context(), []ID{plumb(t, git(t, dir, "rev-parse", old.String()+":a"))}); err != nil {
		t.Errorf("with what is foreseen missing: %v", err)
	}
	if _, err := r.Diff(t.Context(), ID{1}, from.Tree); err == nil {
		t.Error("a missing tree was compared")
	}
}
