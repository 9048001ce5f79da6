// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/internal/step"
)

// nowhere is a commit that was never pushed.
const nowhere = "1234567890123456789012345678901234567890"

// writes counts what was asked for that is no read.
func (w *world) writes() int {
	n := 0
	for _, r := range w.forge.Requests() {
		if r.Method != "GET" && !strings.HasPrefix(r.Operation, "query") {
			n++
		}
	}
	return n
}

func TestARunThatCannotKnowWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.propose(w.source[1], Opened)
	w.forge.ResetRequests()
	_, err := w.repo().Propose(t.Context(), Alone(service("admin", nowhere)))
	if err == nil || step.CodeOf(err) != step.CodeFailed || !strings.Contains(err.Error(), "nothing is written") {
		t.Fatalf("got %v", err)
	}
	if hints := strings.Join(step.Hints(err), "\n"); !strings.Contains(hints, "--source-repo") || !strings.Contains(hints, nowhere) {
		t.Errorf("hints %q", hints)
	}
	if n := w.writes(); n != 0 {
		t.Errorf("%d writes: %v", n, w.forge.CountRequests())
	}
	w.expect("admin", w.source[1])
}

func TestACommitThatIsGoneIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.propose(nowhere, Opened) // nothing is proposed or merged that it could be older than
	if out := w.propose(w.source[0], Updated); out.Number != first.Number {
		t.Errorf("got %+v", out)
	}
	w.expect("admin", w.source[0])
}

// After a forced push the commit that the source branch still holds is the newer.
func TestAForcedPushOfTheSources(t *testing.T) {
	t.Parallel()
	for name, branch := range map[string]string{"the default branch": "", "a branch given": "release"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			kept := w.source[0]
			if branch != "" {
				w.branchAt(branch, kept)
			}
			line := map[string]string{"": "main", "release": "release"}[branch]
			old := w.commit(line, "old work", "microservices/admin/main.go", "package main // old\n")
			w.force(line, kept)
			fresh := w.commit(line, "new work", "microservices/admin/main.go", "package main // new\n")
			run := func(commit string, want Kind) Outcome {
				t.Helper()
				r := w.repo()
				r.SourceBranch = branch
				out, err := r.Propose(t.Context(), Alone(service("admin", commit)))
				if err != nil || out.Kind != want {
					t.Fatalf("got %+v, %v, want %s", out, err, want)
				}
				return out
			}
			run(old, Opened)
			run(fresh, Updated)
			if out := run(old, Superseded); out.By != fresh {
				t.Errorf("stepped aside for %s, not %s", out.By, fresh)
			}
		})
	}
}

// Of two commits that the branch holds neither of, the one that runs last is proposed.
func TestCommitsOfOtherBranches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.branchAt("one", w.source[0])
	w.branchAt("two", w.source[0])
	one := w.commit("one", "one", "microservices/admin/main.go", "package one\n")
	two := w.commit("two", "two", "microservices/admin/main.go", "package two\n")
	w.propose(one, Opened)
	w.propose(two, Updated)
	w.propose(one, Updated)
	r := w.repo()
	r.SourceBranch = "none"
	_, err := r.Propose(t.Context(), Alone(service("admin", two)))
	if hints := strings.Join(step.Hints(err), "\n"); !strings.Contains(hints, "--source-branch") {
		t.Errorf("got %v, hints %q", err, hints)
	}
	w.expect("admin", one)
}

// The sources may be in a repository of another owner, which has a default branch of its own.
func TestSourcesInAnotherRepository(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	err := w.forge.CreateRepo(t.Context(), forge.RepoOptions{Owner: "dev", Name: "source", DefaultBranch: "trunk", Files: map[string]string{"a.go": "package a\n"}})
	if err != nil {
		t.Fatal(err)
	}
	commit := func(text string) string {
		t.Helper()
		sha, err := w.forge.Commit(t.Context(), "dev/source", forge.CommitOptions{Branch: "trunk", Message: text, Files: map[string]*string{"a.go": &text}})
		if err != nil {
			t.Fatal(err)
		}
		return sha
	}
	first, second := commit("1"), commit("2")
	run := func(commit string, want Kind) {
		t.Helper()
		r := w.repo()
		r.SourceOwner, r.SourceName = "dev", "source"
		out, err := r.Propose(t.Context(), Alone(service("admin", commit)))
		if err != nil || out.Kind != want {
			t.Fatalf("got %+v, %v, want %s", out, err, want)
		}
	}
	run(second, Opened)
	run(first, Superseded)
	w.expect("admin", second)
}

// branchAt makes a branch.
func (w *world) branchAt(name, sha string) {
	w.t.Helper()
	if err := w.repo().move(w.t.Context(), name, "", "", sha); err != nil {
		w.t.Fatal(err)
	}
}

func TestWhatMayTakeAnothersPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.repo()
	old, fresh := w.source[0], w.source[1]
	for _, c := range []struct {
		mine, other string
		want        bool
	}{{fresh, old, true}, {old, fresh, false}, {old, old, false}, {old, nowhere, true}, {old, "v1", false}, {"", old, false}} {
		if got, err := r.outlives(t.Context(), c.mine, c.other); err != nil || got != c.want {
			t.Errorf("%.7s for %.7s: %v, %v", c.mine, c.other, got, err)
		}
	}
	if _, err := r.outlives(t.Context(), nowhere, old); err == nil {
		t.Error("a commit that cannot be read took another's place")
	}
	w.branchAt("side", w.source[0])
	side := w.commit("side", "side", "microservices/admin/main.go", "package side\n")
	if got, err := r.outlives(t.Context(), fresh, side); err != nil || !got {
		t.Errorf("one of main for one of another branch: %v, %v", got, err)
	}
	if got, err := r.outlives(t.Context(), side, fresh); err != nil || got {
		t.Errorf("one of another branch for one of main: %v, %v", got, err)
	}
}

// What a group's branch proposes for another service may be of a commit that was
// pushed away since. That holds back no service: where the base names a commit that is
// still there, that is kept, and where both are gone the proposal stays.
func TestACarriedCommitThatIsGone(t *testing.T) {
	t.Parallel()
	const goneToo = "2234567890123456789012345678901234567890"
	for name, c := range map[string]struct {
		base func(w *world) string
		want func(base string) string
	}{
		"the base names one that is there": {func(w *world) string { return w.source[0] }, func(base string) string { return base }},
		"the base names one that is gone":  {func(*world) string { return goneToo }, func(string) string { return nowhere }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.unit(NewUnit(All, service("admin", w.source[0]), service("user", nowhere)), Opened)
			base := c.base(w)
			w.commit("main", "by hand", "manifests/user/app.yaml", "image: reg.example/library/user:"+base)
			w.unit(NewUnit(All, service("admin", w.source[1])), Updated)
			w.names("adze/all", w.source[1], c.want(base))
		})
	}
}
