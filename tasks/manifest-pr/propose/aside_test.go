// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
)

// dies makes the forge answer nothing more from some request on.
func (w *world) dies(f forge.Fault) {
	w.t.Helper()
	f.Count, f.Status, f.Answer = -1, 401, `{"message":"gone"}`
	if err := w.forge.AddFault(f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) close(number int) {
	w.t.Helper()
	if _, _, err := w.repo().Client.PullRequests.Edit(w.t.Context(), "acme", "monorepo", number, &github.PullRequest{State: github.String("closed")}); err != nil {
		w.t.Fatal(err)
	}
}

// closed wants a pull request to be closed with one comment that holds some text, and its branch gone.
func (w *world) closed(number int, text string) {
	w.t.Helper()
	pr, _, err := w.repo().Client.PullRequests.Get(w.t.Context(), "acme", "monorepo", number)
	if err != nil || pr.GetState() != "closed" || pr.GetMerged() {
		w.t.Errorf("pull request %d is %s, %v", number, pr.GetState(), err)
	}
	comments, _, err := w.repo().Client.Issues.ListComments(w.t.Context(), "acme", "monorepo", number, nil)
	if err != nil || len(comments) != 1 || !strings.Contains(comments[0].GetBody(), text) {
		w.t.Errorf("pull request %d: want one comment with %q, got %v %v", number, text, comments, err)
	}
	if tip, err := w.repo().tip(w.t.Context(), pr.GetHead().GetRef()); tip != "" || err != nil {
		w.t.Errorf("the branch is still there: %s %v", tip, err)
	}
}

func TestANewerRunDiedBeforeItsPullRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dies(forge.Fault{Method: "POST", Path: "/pulls$"})
	if _, err := w.repo().Propose(t.Context(), Alone(service("admin", w.source[2]))); err == nil {
		t.Fatal("the run did not die")
	}
	w.forge.ClearFaults()
	if out := w.propose(w.source[1], Superseded); out.By != w.source[2] || out.Number == 0 {
		t.Errorf("got %+v", out)
	}
	w.expect("admin", w.source[2])
}

func TestTheBaseIsNewerThanTheProposal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stale := w.propose(w.source[0], Opened)
	by := w.commit("main", "by hand", "manifests/admin/app.yaml", strings.Replace(adminYAML, ":none", ":"+w.source[2], 1))
	if out := w.propose(w.source[1], Superseded); out.By != w.source[2] || out.Number != 0 {
		t.Errorf("got %+v", out)
	}
	w.closed(stale.Number, "/commit/"+by)
}

func TestAPersonClosedThePullRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.propose(w.source[1], Opened)
	w.close(first.Number)
	for range 2 {
		_, err := w.repo().Propose(t.Context(), Alone(service("admin", w.source[1])))
		if !errors.Is(err, ErrDeclined) {
			t.Fatalf("got %v", err)
		}
		if tip, err := w.repo().tip(t.Context(), "adze/admin"); tip != "" || err != nil {
			t.Errorf("the branch is still there: %s %v", tip, err)
		}
	}
	if out := w.propose(w.source[0], Superseded); out.By != w.source[1] || out.Number != 0 {
		t.Errorf("an older run: got %+v", out)
	}
	if out := w.propose(w.source[2], Opened); out.Number == first.Number {
		t.Errorf("a newer run: got %+v", out)
	}
	w.expect("admin", w.source[2])
}

// A branch that a person closed the pull request of is not what a run repairs.
func TestAnOlderRunDoesNotReopen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.close(w.propose(w.source[1], Opened).Number)
	if out := w.propose(w.source[0], Superseded); out.Number != 0 {
		t.Errorf("got %+v", out)
	}
	if n := len(w.pulls("open")); n != 0 {
		t.Errorf("%d pull requests are open", n)
	}
}

// A run that closes a stale pull request cannot keep another from moving its
// branch in that moment. It sees that when it deletes the branch, and opens another.
func TestANewerProposalClosedByMistake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.propose(w.source[0], Opened)
	newer := w.propose(w.source[2], Updated)
	pr, _, err := w.repo().Client.PullRequests.Get(t.Context(), "acme", "monorepo", newer.Number)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.repo().closePull(t.Context(), pr, "Closed: main names an older version."); err != nil {
		t.Fatal(err)
	}
	if out := w.propose(w.source[1], Superseded); out.Number == newer.Number || out.By != w.source[2] {
		t.Errorf("got %+v", out)
	}
	w.expect("admin", w.source[2])
}

// What a stranger writes does not make a person's no one of ours.
func TestAStrangersMarkSaysNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.propose(w.source[0], Opened)
	token := filepath.Join(t.TempDir(), "token")
	w.write(token, w.forge.AddToken("stranger", forge.TokenOptions{}))
	client, err := NewClient(ClientOptions{APIURL: w.url, Log: w.repo().Log}, TokenFile(token))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := client.Issues.CreateComment(t.Context(), "acme", "monorepo", first.Number, &github.IssueComment{Body: github.String(closedByUs)}); err != nil {
		t.Fatal(err)
	}
	w.close(first.Number)
	if _, err := w.repo().Propose(t.Context(), Alone(service("admin", w.source[0]))); !errors.Is(err, ErrDeclined) {
		t.Errorf("got %v", err)
	}
}

// What this package closed, and the base then went back from, is opened again.
func TestTheBaseWentBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stale := w.propose(w.source[1], Opened)
	by := w.commit("main", "by hand", "manifests/admin/app.yaml", strings.Replace(adminYAML, ":none", ":"+w.source[1], 1))
	w.propose(w.source[1], Unchanged)
	w.closed(stale.Number, "/commit/"+by)
	w.commit("main", "back", "manifests/admin/app.yaml", adminYAML)
	if out := w.propose(w.source[1], Opened); out.Number == stale.Number {
		t.Errorf("got %+v", out)
	}
}

// A run that closes a stale pull request dies after one of its writes; the next
// one takes it up, and says nothing twice.
func TestClosingIsTakenUp(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]forge.Fault{
		"after the comment":     {Method: "POST", Path: "/comments$", After: true},
		"after it was closed":   {Method: "PATCH", Path: "/pulls/", After: true},
		"before the branch":     {Path: "/graphql$", Body: "updateRefs"},
		"after the branch went": {Path: "/graphql$", Body: "updateRefs", After: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			stale := w.propose(w.source[0], Opened)
			by := w.commit("main", "by hand", "manifests/admin/app.yaml", strings.Replace(adminYAML, ":none", ":"+w.source[1], 1))
			w.dies(fault)
			if _, err := w.repo().Propose(t.Context(), Alone(service("admin", w.source[1]))); err == nil {
				t.Error("the run did not die")
			}
			w.forge.ClearFaults()
			w.propose(w.source[1], Unchanged)
			w.closed(stale.Number, "/commit/"+by)
		})
	}
}

// So is a run that repairs what a newer one left.
func TestRepairingIsTakenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, after := range []bool{false, true} {
		w.dies(forge.Fault{Method: "POST", Path: "/pulls$", After: after})
		if _, err := w.repo().Propose(t.Context(), Alone(service("admin", w.source[2-i]))); err == nil {
			t.Fatal("the run did not die")
		}
		w.forge.ClearFaults()
	}
	w.propose(w.source[0], Superseded)
	w.expect("admin", w.source[2])
}
