// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"errors"
	"strings"
	"testing"
)

func TestOpensOnePullRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.forge.ResetRequests()
	out := w.propose(w.source[0], Opened)
	total := 0
	for _, n := range w.forge.CountRequests() {
		total += n
	}
	if total != 17 {
		t.Errorf("%d requests: %v", total, w.forge.CountRequests())
	}
	pulls := w.pulls("open")
	if len(pulls) != 1 || pulls[0].GetNumber() != out.Number || pulls[0].GetHTMLURL() != out.URL {
		t.Fatalf("got %v, outcome %+v", pulls, out)
	}
	if want := "[Update manifest] admin: none → " + w.source[0][:7]; pulls[0].GetTitle() != want {
		t.Errorf("title %q, want %q", pulls[0].GetTitle(), want)
	}
	for _, want := range []string{"| `manifests/admin/app.yaml` | `none` | `" + w.source[0][:7] + "` |", "/acme/monorepo/commit/" + w.source[0], "digest `sha256:abab", "Built from `work 1` by `developer`."} {
		if !strings.Contains(pulls[0].GetBody(), want) {
			t.Errorf("%q is missing from:\n%s", want, pulls[0].GetBody())
		}
	}
	if got, want := w.file("manifests/admin/app.yaml", "adze/admin"), strings.Replace(adminYAML, ":none", ":"+w.source[0], 1); got != want {
		t.Errorf("got:\n%s", got)
	}
	if w.file("manifests/admin/app.yaml", "main") != adminYAML {
		t.Error("the base changed")
	}
}

func TestASecondRunOfTheSameCommitWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.propose(w.source[0], Opened)
	w.forge.ResetRequests()
	if second := w.propose(w.source[0], Unchanged); second.URL != first.URL {
		t.Errorf("got %+v", second)
	}
	for route := range w.forge.CountRequests() {
		if !strings.HasPrefix(route, "GET ") && route != "POST /graphql query repository" {
			t.Errorf("wrote %s", route)
		}
	}
}

func TestANewerCommitUpdatesThePullRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.propose(w.source[0], Opened)
	if out := w.propose(w.source[1], Updated); out.Number != first.Number {
		t.Fatalf("got %+v", out)
	}
	pr := w.pulls("all")
	if len(pr) != 1 || !strings.HasSuffix(pr[0].GetTitle(), "none → "+w.source[1][:7]) || !strings.Contains(pr[0].GetBody(), w.source[1]) {
		t.Errorf("got %v", pr)
	}
	commits, _, err := w.repo().Client.PullRequests.ListCommits(t.Context(), "acme", "monorepo", first.Number, nil)
	if err != nil || len(commits) != 1 {
		t.Errorf("%d commits, %v", len(commits), err)
	}
}

func TestAnOlderRunStepsAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.propose(w.source[2], Opened)
	if out := w.propose(w.source[1], Superseded); out.By != w.source[2] {
		t.Errorf("got %+v", out)
	}
	w.merge(w.pulls("open")[0].GetNumber(), "squash")
	// Now the base itself names the newer one.
	if out := w.propose(w.source[0], Superseded); out.By != w.source[2] || out.Number != 0 {
		t.Errorf("got %+v", out)
	}
	if len(w.pulls("open")) != 0 {
		t.Error("a pull request was opened")
	}
}

func TestTheBaseMoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.propose(w.source[0], Opened)
	// The line beside the image changes too: a rebase of the old commit would conflict.
	w.commit("main", "by hand", "manifests/admin/app.yaml", strings.Replace(adminYAML, "replicas: 2", "replicas: 9", 1))
	if out := w.propose(w.source[1], Updated); out.Number != first.Number {
		t.Fatalf("got %+v", out)
	}
	if got := w.file("manifests/admin/app.yaml", "adze/admin"); !strings.Contains(got, "replicas: 9") || !strings.Contains(got, w.source[1]) {
		t.Errorf("got:\n%s", got)
	}
	w.merge(first.Number, "rebase")
	if got := w.file("manifests/admin/app.yaml", "main"); !strings.Contains(got, "replicas: 9") || !strings.Contains(got, w.source[1]) {
		t.Errorf("merged:\n%s", got)
	}
}

func TestMergedAndOnceMore(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"merge", "squash", "rebase"} {
		t.Run(method, func(t *testing.T) {
			w := newWorld(t)
			first := w.propose(w.source[0], Opened)
			w.merge(first.Number, method)
			head, _, err := w.repo().Client.Repositories.GetCommit(t.Context(), "acme", "monorepo", "main", nil)
			if err != nil {
				t.Fatal(err)
			}
			// What a trigger's filter sees of our own update.
			own, merge := "[Update manifest] admin: none → ", "Merge pull request #"
			if msg := head.GetCommit().GetMessage(); !strings.HasPrefix(msg, own) && (!strings.HasPrefix(msg, merge) || !strings.Contains(msg, "from acme/adze/admin\n\n"+own)) {
				t.Errorf("message %q", msg)
			}
			w.propose(w.source[0], Unchanged)
			if out := w.propose(w.source[1], Opened); out.Number == first.Number {
				t.Errorf("got %+v", out)
			}
			pr := w.pulls("open")[0]
			if want := w.source[0][:7] + " → " + w.source[1][:7]; !strings.HasSuffix(pr.GetTitle(), want) || !strings.Contains(pr.GetBody(), "/compare/"+w.source[0]+"..."+w.source[1]) {
				t.Errorf("%s\n%s", pr.GetTitle(), pr.GetBody())
			}
		})
	}
}

func TestNothingToDoClosesAStalePullRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stale := w.propose(w.source[0], Opened)
	w.commit("main", "by hand", "manifests/admin/app.yaml", strings.Replace(adminYAML, ":none", ":"+w.source[1], 1))
	w.propose(w.source[1], Unchanged)
	pr, _, err := w.repo().Client.PullRequests.Get(t.Context(), "acme", "monorepo", stale.Number)
	if err != nil || pr.GetState() != "closed" {
		t.Errorf("state %s, %v", pr.GetState(), err)
	}
	if tip, err := w.repo().tip(t.Context(), "adze/admin"); tip != "" || err != nil {
		t.Errorf("the branch is still there: %s %v", tip, err)
	}
}

func TestCommitsOfPeopleAreNotOverwritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.propose(w.source[0], Opened)
	theirs := w.commit("adze/admin", "[Update manifest] admin: mine\n\nAdze-Service: admin\nAdze-Image: x\n", "manifests/admin/app.yaml", "image: reg.example/library/admin:mine")
	_, err := w.repo().Propose(t.Context(), Alone(service("admin", w.source[1])))
	if !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), theirs[:7]) {
		t.Errorf("got %v", err)
	}
	if tip, err := w.repo().tip(t.Context(), "adze/admin"); tip != theirs || err != nil {
		t.Errorf("the branch went to %s %v", tip, err)
	}
}

// A forced push takes a commit away from the base: where our branch began there,
// the commit is not a person's on our branch.
func TestTheBaseIsPushedByForce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kept, err := w.repo().tip(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	w.commit("main", "web: first try", "microservices/web/main.go", "package web\n")
	first := w.propose(w.source[0], Opened)
	w.force("main", kept)
	if out := w.propose(w.source[1], Updated); out.Number != first.Number {
		t.Errorf("got %+v", out)
	}
	cmp, _, err := w.repo().Client.Repositories.CompareCommits(t.Context(), "acme", "monorepo", "main", "adze/admin", nil)
	if err != nil || cmp.GetAheadBy() != 1 || len(cmp.Files) != 1 {
		t.Errorf("the branch is %d commits ahead with %d files, %v", cmp.GetAheadBy(), len(cmp.Files), err)
	}
	// A commit that a person puts on top is still theirs.
	w.commit("main", "web: second try", "microservices/web/main.go", "package web // 2\n")
	w.propose(w.source[2], Updated)
	w.force("main", kept)
	theirs := w.commit("adze/admin", "by hand", "manifests/user/app.yaml", "image: reg.example/library/user:mine")
	if _, err := w.repo().Propose(t.Context(), Alone(service("admin", w.source[2]))); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), theirs[:7]) {
		t.Errorf("got %v", err)
	}
}

func TestAnImageThatNoManifestNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := service("admin", w.source[0])
	s.Paths = []string{"manifests/user", "manifests/none"}
	if _, err := w.repo().Propose(t.Context(), Alone(s)); err == nil || !strings.Contains(err.Error(), "searched 1 files below manifests/user, manifests/none") {
		t.Errorf("got %v", err)
	}
	if n := len(w.pulls("all")); n != 0 {
		t.Errorf("%d pull requests", n)
	}
}

func TestPathsMayBeFilesAndTheRoot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"manifests/user/app.yaml", "./manifests/", "."} {
		s := service("user", w.source[0])
		s.Paths = []string{path}
		if _, err := w.repo().Propose(t.Context(), Alone(s)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
