// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

// refresh proposes again what the base has left behind, sweeps, and gives the outcomes.
func (w *world) refresh() map[string]Kind {
	w.t.Helper()
	r := w.repo()
	units, err := r.Standing(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	kinds := map[string]Kind{}
	for _, u := range units {
		out, err := r.Propose(w.t.Context(), u)
		if err != nil {
			w.t.Fatalf("%s: %v", u.Key, err)
		}
		kinds[u.Key] = out.Kind
	}
	if err := r.Sweep(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return kinds
}

// shared makes a service whose image stands in one file with others.
func shared(name, commit string) manifests.Service {
	s := service(name, commit)
	s.Paths = []string{"manifests/all"}
	return s
}

const sharedYAML = "images: [{name: reg.example/library/admin, newTag: none}, {name: reg.example/library/user, newTag: none}]\n"

// Two services side by side on one line: once one is merged, the other would be in conflict.
func TestRefreshLeavesNoConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.commit("main", "shared", "manifests/all/kustomization.yaml", sharedYAML)
	r := w.repo()
	r.Look.Pusher, r.Look.PipelineRun = "mona", "ci/run-1"
	var numbers []int
	for _, name := range []string{"admin", "user"} {
		out, err := r.Propose(t.Context(), Alone(shared(name, w.source[0])))
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, out.Number)
	}
	w.merge(numbers[0], "squash")
	if pr, _, err := r.Client.PullRequests.Get(t.Context(), "acme", "monorepo", numbers[1]); err != nil || pr.GetMergeable() {
		t.Fatalf("there is no conflict, %v", err)
	}
	if got := w.refresh(); len(got) != 1 || got["user"] != Updated {
		t.Errorf("got %v", got)
	}
	pr, _, err := r.Client.PullRequests.Get(t.Context(), "acme", "monorepo", numbers[1])
	if err != nil || !pr.GetMergeable() || !strings.Contains(pr.GetBody(), "mona") || !strings.Contains(pr.GetBody(), "run-1") {
		t.Errorf("mergeable: %v, %v\n%s", pr.GetMergeable(), err, pr.GetBody())
	}
	if tip, err := r.tip(t.Context(), "adze/admin"); tip != "" || err != nil {
		t.Errorf("the merged branch is still there: %s %v", tip, err)
	}
	w.merge(numbers[1], "merge")
	if got := w.file("manifests/all/kustomization.yaml", "main"); got != strings.ReplaceAll(sharedYAML, "none", w.source[0]) {
		t.Errorf("merged:\n%s", got)
	}
}

func TestRefreshWritesNothingForOtherFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.propose(w.source[0], Opened)
	w.commit("main", "elsewhere", "README.md", "moved\n")
	w.forge.ResetRequests()
	if got := w.refresh(); got["admin"] != Unchanged {
		t.Errorf("got %v", got)
	}
	if n := w.writes(); n != 0 {
		t.Errorf("%d writes: %v", n, w.forge.CountRequests())
	}
}

func TestRefreshClosesWhatTheBaseOvertook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stale := w.propose(w.source[0], Opened)
	by := w.commit("main", "by hand", "manifests/admin/app.yaml", strings.Replace(adminYAML, ":none", ":"+w.source[2], 1))
	if got := w.refresh(); got["admin"] != Superseded {
		t.Errorf("got %v", got)
	}
	w.closed(stale.Number, "/commit/"+by)
}

// Of several services in one pull request, those that the base overtook go.
func TestRefreshTrimsAUnit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.unit(NewUnit(All, service("admin", w.source[0]), service("user", w.source[0])), Opened)
	w.commit("main", "by hand", "manifests/admin/app.yaml", strings.Replace(adminYAML, ":none", ":"+w.source[2], 1))
	if got := w.refresh(); got[All] != Updated {
		t.Errorf("got %v", got)
	}
	w.names("adze/all", w.source[2], w.source[0])
	pr, _, err := w.repo().Client.PullRequests.Get(t.Context(), "acme", "monorepo", first.Number)
	if err != nil || !strings.HasPrefix(pr.GetTitle(), "[Update manifest] user: ") {
		t.Errorf("title %q, %v", pr.GetTitle(), err)
	}
}

// A service whose manifests are gone holds back no other, and is closed where it stands alone.
func TestRefreshOfManifestsThatAreGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.unit(NewUnit(All, service("admin", w.source[0]), service("user", w.source[0])), Opened)
	alone := service("other", w.source[0])
	w.commit("main", "other", "manifests/other/app.yaml", "image: reg.example/library/other:none\n")
	stale := w.unit(Alone(alone), Opened)
	by := w.remove("main", "manifests/other/app.yaml")
	w.remove("main", "manifests/user/app.yaml")
	if got := w.refresh(); len(got) != 1 || got[All] != Updated {
		t.Errorf("got %v", got)
	}
	w.closed(stale.Number, "/commit/"+by)
	for _, pr := range w.pulls("open") {
		if !strings.HasPrefix(pr.GetTitle(), "[Update manifest] admin: ") {
			t.Errorf("title %q", pr.GetTitle())
		}
	}
	w.unit(NewUnit(All, service("admin", w.source[1])), Updated)
}

// remove deletes a file, as a developer.
func (w *world) remove(branch, file string) string {
	w.t.Helper()
	sha, err := w.forge.Commit(w.t.Context(), "acme/monorepo", forge.CommitOptions{Branch: branch, Message: "remove " + file, Files: map[string]*string{file: nil}})
	if err != nil {
		w.t.Fatal(err)
	}
	return sha
}

func TestRefreshLeavesThePeoplesAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.propose(w.source[0], Opened)
	theirs := w.commit("adze/admin", "by hand", "manifests/user/app.yaml", "image: reg.example/library/user:mine")
	w.commit("main", "moved", "manifests/admin/app.yaml", strings.Replace(adminYAML, "replicas: 2", "replicas: 9", 1))
	if got := w.refresh(); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	if tip, err := w.repo().tip(t.Context(), "adze/admin"); tip != theirs || err != nil {
		t.Errorf("the branch went to %s %v", tip, err)
	}
}

// Branches of what was closed go, those of a run that is about to open its pull request stay.
func TestSweep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.close(w.propose(w.source[0], Opened).Number)
	if _, _, err := w.repo().Client.Git.CreateRef(t.Context(), "acme", "monorepo", &github.Reference{
		Ref: github.String("refs/heads/adze/user"), Object: &github.GitObject{SHA: &w.source[2]},
	}); err != nil {
		t.Fatal(err)
	}
	w.refresh()
	for name, there := range map[string]bool{"adze/admin": false, "adze/user": true} {
		if tip, err := w.repo().tip(t.Context(), name); (tip != "") != there || err != nil {
			t.Errorf("%s is at %q, %v", name, tip, err)
		}
	}
}
