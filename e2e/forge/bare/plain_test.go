// SPDX-License-Identifier: Apache-2.0

package bare

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/internal/soak"
)

// What is answered from files is what git says, of any two commits of any history.
func TestPlainAnswersAreGits(t *testing.T) {
	soak.Each(t, 2, func(t *testing.T, rnd *rand.Rand) {
		r, err := Init(t.Context(), t.TempDir(), "main")
		if err != nil {
			t.Fatal(err)
		}
		shas := r.anyHistory(t, rnd, 12)
		merged, patched := 0, 0
		for range 14 {
			a, b := shas[rnd.IntN(len(shas))], shas[rnd.IntN(len(shas))]
			if a == b {
				continue
			}
			r.comparePlain(t, a, b)
			if r.compareDiff(t, a, b) {
				patched++
			}
			if r.compareMerge(t, a, b) {
				merged++
			}
		}
		if merged == 0 || patched == 0 {
			t.Errorf("%d of two commits were merged without git, and %d compared", merged, patched)
		}
	})
}

// anyHistory makes commits that change some files of a few folders, and merge now and then.
func (r *Repo) anyHistory(t *testing.T, rnd *rand.Rand, count int) []string {
	t.Helper()
	var shas []string
	for n := range count {
		c := Commit{Message: fmt.Sprint(n), Author: Person{Name: "a", Email: "a", When: time.Unix(int64(n), 0)}}
		c.Committer = c.Author
		base := ""
		for range min(n, 1+rnd.IntN(8)/7) {
			if p := shas[max(0, n-1-rnd.IntN(4))]; !slices.Contains(c.Parents, p) {
				c.Parents = append(c.Parents, p)
			}
		}
		if n > 0 {
			base = c.Parents[0]
		}
		tree, err := r.WriteTree(t.Context(), base, r.anyChanges(t, rnd, n))
		if err != nil {
			t.Fatal(err)
		}
		c.Tree = tree
		sha, err := r.WriteCommit(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		shas = append(shas, sha)
	}
	return shas
}

// anyChanges are those of the nth commit; the first has all files.
func (r *Repo) anyChanges(t *testing.T, rnd *rand.Rand, n int) []Change {
	t.Helper()
	var changes []Change
	for _, path := range []string{"a", "a.b", "a-b/x", "b/c/d", "b/c.d", "b/e", "z"} {
		if n > 0 && rnd.IntN(5) > 0 {
			continue
		}
		c := Change{Path: path, Mode: []string{"100644", "100755"}[rnd.IntN(2)]}
		if n == 0 || rnd.IntN(6) > 0 {
			sha, err := r.Write(t.Context(), "blob", anyText(rnd, path))
			if err != nil {
				t.Fatal(err)
			}
			c.SHA = sha
		}
		changes = append(changes, c)
	}
	return changes
}

// anyText has lines of which some are others now and then, some alike and some empty.
func anyText(rnd *rand.Rand, path string) []byte {
	text := path + "\n"
	for n := range rnd.IntN(12) {
		switch rnd.IntN(24) {
		case 0:
			text += fmt.Sprintf("\tnew %d\n", rnd.IntN(3))
		case 1:
			text += "\n"
		case 2:
		default:
			text += fmt.Sprintf("%sline %d\n", []string{"", "  "}[n%2], n)
		}
	}
	return []byte(strings.TrimSuffix(text, []string{"", "\n"}[rnd.IntN(2)]))
}

// gits is what git says; its exit status may be 1.
func (r *Repo) gits(t *testing.T, args ...string) string {
	t.Helper()
	out, err := r.git(t.Context(), nil, args...)
	if err != nil && exitCode(err) != 1 {
		t.Fatal(err)
	}
	return string(out)
}

func (r *Repo) comparePlain(t *testing.T, a, b string) {
	t.Helper()
	best, ok := r.best(a, b)
	slices.Sort(best)
	bases := strings.Fields(r.gits(t, "merge-base", "--all", a, b))
	if slices.Sort(bases); !ok || !slices.Equal(best, bases) {
		t.Errorf("the best ancestors of %.7s and %.7s are %v, not %v", a, b, bases, best)
	}
	onlyA, onlyB, err := r.Count(t.Context(), a, b)
	if said := strings.TrimSpace(r.gits(t, "rev-list", "--count", "--left-right", a+"..."+b)); err != nil || said != fmt.Sprintf("%d\t%d", onlyA, onlyB) {
		t.Errorf("%.7s...%.7s are %s, not %d and %d, %v", a, b, said, onlyA, onlyB, err)
	}
	if is, err := r.IsAncestor(t.Context(), a, b); err != nil || is != slices.Contains(bases, a) {
		t.Errorf("%.7s is below %.7s: %t, %v", a, b, is, err)
	}
	for _, path := range []string{"", "b/c/d", "b", "a-b/"} {
		o := LogOptions{Path: path, Not: []string{a}, Skip: len(path) % 2, Limit: 2, Reverse: true}
		args := append(append([]string{"rev-list"}, o.args()...), b, "--not", a, "--")
		if plain, ok := r.plainLog(t.Context(), []string{b}, o); ok {
			if said := lines([]byte(r.gits(t, append(args, strings.Fields(path)...)...))); !slices.Equal(plain, said) {
				t.Errorf("of %q %.7s..%.7s are %v, not %v", path, a, b, said, plain)
			}
		}
	}
	files, err := r.plainNames(t.Context(), r.known(t.Context(), a), r.known(t.Context(), b), "")
	said, _, err2 := parseRaw(strings.Split(r.gits(t, "diff-tree", "-r", "-z", "--raw", "--no-renames", a, b), "\x00"))
	if err := errors.Join(err, err2); err != nil || !slices.Equal(files, said) {
		t.Errorf("between %.7s and %.7s changed %v, not %v, %v", a, b, said, files, err)
	}
}

// compareDiff tells whether a patch could be made without git.
func (r *Repo) compareDiff(t *testing.T, a, b string) bool {
	t.Helper()
	files, ok := r.plainDiff(t.Context(), r.known(t.Context(), a), r.known(t.Context(), b))
	if !ok {
		return false
	}
	if said, err := r.gitDiff(t.Context(), a, b); err != nil || !slices.Equal(files, said) {
		t.Errorf("between %.7s and %.7s are\n%+v, not\n%+v, %v", a, b, said, files, err)
	}
	return true
}

// compareMerge tells whether two commits could be merged without git.
func (r *Repo) compareMerge(t *testing.T, a, b string) bool {
	t.Helper()
	best, _ := r.best(a, b)
	if len(best) != 1 {
		return false
	}
	tree, err := r.plainMerge(t.Context(), r.known(t.Context(), best[0]), r.known(t.Context(), a), r.known(t.Context(), b))
	if err != nil {
		return false
	}
	if said := strings.TrimSpace(r.gits(t, "merge-tree", "--write-tree", "--no-messages", a, b)); said != tree {
		t.Errorf("%.7s and %.7s make %s, not %s", a, b, said, tree)
	}
	return true
}
