// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"bytes"
	"context"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/soak"
	"github.com/adze-ci/adze/internal/step"
)

// past is a history of estates in a repository: the Nth is commit cN.
type past struct {
	t       *testing.T
	dir     string
	estates []estate
	ids     []string
}

// newPast makes one, each commit a change or two of the one before it.
func newPast(t *testing.T, rnd *rand.Rand, commits int) *past {
	t.Helper()
	p := &past{t: t, dir: filepath.Join(t.TempDir(), "repo"), estates: []estate{{}}}
	var s stream
	e := newEstate(rnd)
	for i := range commits {
		for range 1 + rnd.IntN(2) {
			e.change(rnd)
		}
		if rnd.IntN(3) == 0 {
			e.rebuild(rnd)
		}
		s.commit(e.tree(nil), slices.DeleteFunc([]int{i}, func(n int) bool { return n == 0 })...)
		p.estates = append(p.estates, e.clone())
	}
	newRepo(t, p.dir, s.String())
	p.ids = ids(t, p.dir, commits)
	return p
}

func (p *past) changed(a, b int) []string {
	p.t.Helper()
	out := gitOutput(p.t, p.dir, "", "diff", "-z", "--no-renames", "--name-only", p.ids[a], p.ids[b])
	return strings.FieldsFunc(out, func(r rune) bool { return r == 0 })
}

// answer asks what is affected from one commit to another.
func (p *past) answer(a, b int) *report {
	p.t.Helper()
	rep, log, code := answer(p.t, "--source="+p.dir, "--base="+p.ids[a], "--revision="+p.ids[b])
	if code != step.CodeDone || rep.All {
		p.t.Fatalf("c%d..c%d: code %d, %s %s", a, b, code, rep.Reason, log)
	}
	return &rep
}

// hash is the input hash of a service at a commit, and the files that were
// written for it.
func (p *past) hash(n int, service string) (hash string, files []string) {
	p.t.Helper()
	dir := p.t.TempDir()
	var stderr bytes.Buffer
	code := step.Execute(context.Background(), Command(), []string{
		"fetch", "--source=" + p.dir, "--revision=" + p.ids[n], "--service=" + service, "--output-dir=" + filepath.Join(dir, "out"), "--result-input-hash=" + filepath.Join(dir, "hash"),
	}, &step.Env{Stdout: &bytes.Buffer{}, Stderr: &stderr})
	text, err := os.ReadFile(filepath.Join(dir, "hash"))
	if code != step.CodeDone || err != nil {
		p.t.Fatalf("fetching %s at c%d: code %d, %v, %s", service, n, code, err, stderr.String())
	}
	out := os.DirFS(filepath.Join(dir, "out"))
	err = fs.WalkDir(out, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.TrimSpace(string(text)), files
}

// With edges, what is affected is what a plain reading of the README finds in
// the model, transitive closure and all.
func TestAffectedIsWhatTheModelSays(t *testing.T) {
	t.Parallel()
	soak.Each(t, 4, func(t *testing.T, rnd *rand.Rand) {
		t.Parallel()
		p := newPast(t, rnd, 30)
		some, none := 0, 0
		for range 60 {
			b := 2 + rnd.IntN(len(p.ids)-2)
			a := max(1, b-rnd.IntN(4))
			changed := p.changed(a, b)
			want := p.estates[b].affected(p.estates[a], changed)
			if len(p.estates[a].services)+len(p.estates[b].services) == 0 {
				continue
			}
			rep := p.answer(a, b)
			if !slices.Equal(rep.names(), append([]string{}, want...)) {
				t.Fatalf("c%d..c%d: got %v, want %v\nchanged %v\n%+v\n%+v", a, b, rep.names(), want, changed, p.estates[b], rep)
			}
			some, none = some+len(want), none+len(p.estates[b].services)-len(want)
		}
		if some == 0 || none == 0 {
			t.Errorf("%d services were affected, %d were not: that shows nothing", some, none)
		}
	})
}

// A commit on top that touches none of the changed files takes no service away.
func TestAnUnrelatedCommitTakesNoServiceAway(t *testing.T) {
	t.Parallel()
	soak.Each(t, 2, func(t *testing.T, rnd *rand.Rand) {
		t.Parallel()
		p := newPast(t, rnd, 40)
		compared := 0
		for b := 2; b+1 < len(p.ids); b++ {
			a := max(1, b-1-rnd.IntN(3))
			first, second := p.changed(a, b), p.changed(b, b+1)
			if slices.ContainsFunc(second, func(file string) bool { return file == "adze.yaml" || slices.Contains(first, file) }) || len(p.estates[b].services) == 0 {
				continue
			}
			fewer, more := p.answer(a, b).names(), p.answer(a, b+1).names()
			for _, name := range fewer {
				if !slices.Contains(more, name) {
					t.Errorf("c%d..c%d affects %v, with c%d on top %v", a, b, fewer, b+1, more)
				}
			}
			compared += len(fewer)
		}
		if compared == 0 {
			t.Error("nothing was compared")
		}
	})
}

// The input hash is what the README specifies, and so equal exactly where the
// inputs are.
func TestInputHashIsWhatTheReadmeSpecifies(t *testing.T) {
	t.Parallel()
	soak.Each(t, 2, func(t *testing.T, rnd *rand.Rand) {
		t.Parallel()
		p := newPast(t, rnd, 12)
		inputsOf, hashOf := map[string]string{}, map[string]string{}
		again := 0
		for n := 1; n < len(p.ids); n++ {
			listing := gitOutput(t, p.dir, "", "ls-tree", "-rz", p.ids[n])
			for name := range p.estates[n].services {
				want, inputs := p.estates[n].hash(name, listing)
				got, files := p.hash(n, name)
				if got != want {
					t.Fatalf("%s at c%d: hash %s over %q, want %s over %q", name, n, got, files, want, inputs)
				}
				if old, ok := inputsOf[got]; ok && old != inputs {
					t.Errorf("%s at c%d: one hash for %q and for %q", name, n, old, inputs)
				}
				if old, ok := hashOf[inputs]; ok && old != got {
					t.Errorf("%s at c%d: two hashes for %q", name, n, inputs)
				} else if ok {
					again++
				}
				inputsOf[got], hashOf[inputs] = inputs, got
			}
		}
		if again == 0 || len(inputsOf) < 3 {
			t.Errorf("%d different sets of inputs, %d seen again: that shows nothing", len(inputsOf), again)
		}
	})
}

// The order in which adze.yaml lists services is no change and changes no answer.
func TestTheOrderOfServicesDoesNotMatter(t *testing.T) {
	t.Parallel()
	soak.Each(t, 2, func(t *testing.T, rnd *rand.Rand) {
		t.Parallel()
		p := &past{t: t, dir: filepath.Join(t.TempDir(), "repo")}
		first := newEstate(rnd)
		for len(first.services) < 3 {
			first.rebuild(rnd)
		}
		second := first.clone()
		second.change(rnd)
		second.change(rnd)
		var s stream
		for _, e := range []estate{first, first, second, second} {
			s.commit(e.tree(rnd), slices.DeleteFunc([]int{s.commits}, func(n int) bool { return n == 0 })...)
		}
		newRepo(t, p.dir, s.String())
		p.ids = ids(t, p.dir, 4)
		if names := p.answer(1, 2).names(); len(names) > 0 {
			t.Errorf("another order affects %v", names)
		}
		want := p.answer(1, 3).names()
		for _, pair := range [][2]int{{1, 4}, {2, 3}, {2, 4}} {
			if got := p.answer(pair[0], pair[1]).names(); !slices.Equal(got, want) {
				t.Errorf("c%d..c%d affects %v, another order %v", pair[0], pair[1], got, want)
			}
		}
		for name := range second.services {
			a, _ := p.hash(3, name)
			if b, _ := p.hash(4, name); a != b {
				t.Errorf("%s: hash %s, in another order %s", name, a, b)
			}
		}
	})
}
