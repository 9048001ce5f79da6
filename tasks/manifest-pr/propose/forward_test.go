// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/manifest"
	"github.com/adze-ci/adze/internal/soak"
)

// journey is a repository that runs and people go on with in any order, and what
// its manifests named along the way.
type journey struct {
	*world
	form    manifest.Form
	rnd     *rand.Rand
	named   int // the commit that the base names, -1 before the first
	touched int
	log     []string
}

// Runs come in any order, pull requests are merged in any way, closed, brought up
// to date, and the base goes on: never is a version proposed that is older than the one named
// or proposed, and never are two pull requests open.
func TestVersionsOnlyGoForward(t *testing.T) {
	t.Parallel()
	soak.Each(t, 3, func(t *testing.T, r *rand.Rand) {
		w := newWorld(t)
		for _, n := range []string{"4", "5", "6"} {
			w.source = append(w.source, w.commit("main", "work "+n, "microservices/admin/main.go", "package main // "+n+"\n"))
		}
		j := &journey{world: w, form: forms[r.IntN(len(forms))], rnd: r, named: -1}
		for range 16 {
			j.step()
			if t.Failed() {
				t.Fatalf("%s: %s", j.form, strings.Join(j.log, ", "))
			}
		}
	})
}

func (j *journey) step() {
	open := j.open()
	does := []func(*github.PullRequest){j.late, j.late, j.goOn, j.goOnBeside, j.tidy}
	if open != nil {
		does = append(does, j.late, j.mergeIt, j.mergeIt, j.closeIt, j.bringUpToDate)
	}
	does[j.rnd.IntN(len(does))](open)
}

func (j *journey) did(format string, args ...any) {
	j.log = append(j.log, fmt.Sprintf(format, args...))
}

// open is the only pull request that is open; nil when there is none.
func (j *journey) open() *github.PullRequest {
	j.t.Helper()
	open := j.pulls("open")
	if len(open) > 1 {
		j.t.Errorf("%d pull requests are open", len(open))
	}
	return first(open)
}

// version is which commit a ref names; -1 for none of them.
func (j *journey) version(ref string) int {
	j.t.Helper()
	text := j.file("manifests/admin/app.yaml", ref)
	for i, commit := range j.source {
		if strings.Contains(text, commit) || strings.Contains(text, digestOf(commit)) {
			return i
		}
	}
	return -1
}

// late is a run for any commit, whose time may be over.
func (j *journey) late(before *github.PullRequest) {
	i, was := j.rnd.IntN(len(j.source)), j.named
	if before != nil {
		was = max(was, j.version(onAdmin))
	}
	out, err := j.repo().Propose(j.t.Context(), Alone(inForm(j.form, "admin", j.source[i])))
	j.did("run for %d after %d is %s", i, was, out.Kind)
	if err != nil && !errors.Is(err, ErrDeclined) {
		j.t.Errorf("the run failed: %v", err)
	}
	if now := j.open(); now != nil {
		if v := j.version(onAdmin); v < was || v <= j.named {
			j.t.Errorf("version %d is proposed, and %d was", v, was)
		}
	}
	if i < was && (err != nil || out.Kind != Superseded) {
		j.t.Errorf("the run ended %s, %v", out.Kind, err)
	}
}

func (j *journey) mergeIt(pr *github.PullRequest) {
	method := []string{"merge", "squash", "rebase"}[j.rnd.IntN(3)]
	was, proposed := j.named, j.version(onAdmin)
	commits, _, err := j.repo().Client.PullRequests.ListCommits(j.t.Context(), "acme", "monorepo", pr.GetNumber(), nil)
	if err != nil {
		j.t.Fatal(err)
	}
	o, message := &github.PullRequestOptions{MergeMethod: method}, ""
	switch {
	case len(commits) > 1:
		o.MergeMethod = "squash" // a branch that was brought up to date
	case method == "squash" && j.rnd.IntN(2) == 0:
		o.CommitTitle, message = fmt.Sprintf("%s (#%d)", pr.GetTitle(), pr.GetNumber()), "no more is said"
	}
	_, _, err = j.repo().Client.PullRequests.Merge(j.t.Context(), "acme", "monorepo", pr.GetNumber(), message, o)
	if status(err) == http.StatusMethodNotAllowed { // the forge had not seen yet that the base moved
		_, _, err = j.repo().Client.PullRequests.Merge(j.t.Context(), "acme", "monorepo", pr.GetNumber(), message, o)
	}
	if err != nil {
		j.t.Fatal(err)
	}
	j.named = j.version("main")
	j.did("%s of %d onto %d %s", o.MergeMethod, proposed, was, message)
	if j.named != proposed || j.named <= was {
		j.t.Errorf("the base names %d", j.named)
	}
}

func (j *journey) closeIt(pr *github.PullRequest) {
	j.did("closed %d", j.version(onAdmin))
	if _, _, err := j.repo().Client.PullRequests.Edit(j.t.Context(), "acme", "monorepo", pr.GetNumber(), &github.PullRequest{State: github.String("closed")}); err != nil {
		j.t.Fatal(err)
	}
}

func (j *journey) bringUpToDate(pr *github.PullRequest) {
	j.did("brought up to date")
	_, _, err := j.repo().Client.PullRequests.UpdateBranch(j.t.Context(), "acme", "monorepo", pr.GetNumber(), nil)
	if accepted := (*github.AcceptedError)(nil); err != nil && !errors.As(err, &accepted) && status(err) != http.StatusUnprocessableEntity {
		j.t.Fatal(err)
	}
}

// goOn changes the manifest elsewhere, and goOnBeside another file.
func (j *journey) goOn(*github.PullRequest) {
	j.touched++
	j.did("the manifest changed")
	j.commit("main", "by hand", "manifests/admin/app.yaml", fmt.Sprintf("# %d\n", j.touched)+j.file("manifests/admin/app.yaml", "main"))
}

func (j *journey) goOnBeside(*github.PullRequest) {
	j.touched++
	j.did("the base went on")
	j.commit("main", "web", "microservices/web/main.go", fmt.Sprintf("package web // %d\n", j.touched))
}

// tidy removes the branch that a merge or a person left behind.
func (j *journey) tidy(open *github.PullRequest) {
	if open != nil {
		return
	}
	j.did("the branch was removed")
	if _, err := j.repo().Client.Git.DeleteRef(j.t.Context(), "acme", "monorepo", "heads/"+onAdmin); err != nil && status(err) != http.StatusUnprocessableEntity {
		j.t.Fatal(err)
	}
}
