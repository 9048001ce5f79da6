// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
)

// queueWorld is a world whose base branch requires a merge queue and the check tests, with
// a pull request for the first commit in that queue.
func queueWorld(t *testing.T, allowAuto bool) (*world, Look) {
	t.Helper()
	w := newWorld(t)
	for _, err := range []error{w.forge.RequireQueue("acme/monorepo", "main", "squash"), w.forge.Protect("acme/monorepo", "main", "tests")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := w.repo().Client.Repositories.Edit(t.Context(), "acme", "monorepo", &github.Repository{AllowAutoMerge: &allowAuto}); err != nil {
		t.Fatal(err)
	}
	var look Look
	if allowAuto {
		look.Extras.AutoMerge = "merge"
	}
	w.as(look, w.source[0], Opened)
	w.pass(w.pulls("open")[0].GetHead().GetSHA())
	if !allowAuto {
		w.add()
	}
	w.wantQueued(w.source[0])
	return w, look
}

// as proposes with a look, and wants an outcome.
func (w *world) as(look Look, commit string, want Kind) {
	w.t.Helper()
	r := w.repo()
	r.Look = look
	if out, err := r.Propose(w.t.Context(), Alone(service("admin", commit))); err != nil || out.Kind != want {
		w.t.Fatalf("got %+v, %v, want %s", out, err, want)
	}
}

// pass has the check pass on a commit.
func (w *world) pass(sha string) {
	w.t.Helper()
	status := &github.RepoStatus{State: github.String("success"), Context: github.String("tests")}
	if _, _, err := w.repo().Client.Repositories.CreateStatus(w.t.Context(), "acme", "monorepo", sha, status); err != nil {
		w.t.Fatal(err)
	}
}

// add adds the open pull request to the queue, as a person does.
func (w *world) add() {
	w.t.Helper()
	pr := w.pulls("open")[0]
	if err := w.repo().enqueue(w.t.Context(), pr, pr.GetHead().GetSHA()); err != nil {
		w.t.Fatal(err)
	}
}

// groups are the commits that the queue has made and not merged.
func (w *world) groups() []string {
	w.t.Helper()
	refs, _, err := w.repo().Client.Git.ListMatchingRefs(w.t.Context(), "acme", "monorepo", &github.ReferenceListOptions{Ref: "heads/gh-readonly-queue/"})
	if err != nil {
		w.t.Fatal(err)
	}
	var all []string
	for _, ref := range refs {
		all = append(all, ref.GetObject().GetSHA())
	}
	return all
}

// wantQueued wants the queue to hold just the pull request, for a commit.
func (w *world) wantQueued(commit string) {
	w.t.Helper()
	groups := w.groups()
	if len(groups) != 1 || !strings.Contains(w.file("manifests/admin/app.yaml", groups[0]), ":"+commit) {
		w.t.Fatalf("the queue holds %v, want %.7s", groups, commit)
	}
}

// land has the queue merge, and wants the base to name a commit.
func (w *world) land(commit string) {
	w.t.Helper()
	w.pass(w.groups()[0])
	if got := w.file("manifests/admin/app.yaml", "main"); !strings.Contains(got, ":"+commit) {
		w.t.Errorf("the queue merged:\n%s", got)
	}
}

// A newer version is taken to the queue again as soon as its checks let it, by the
// forge or by the next run.
func TestANewerVersionOfWhatIsQueued(t *testing.T) {
	t.Parallel()
	for name, allowAuto := range map[string]bool{"with auto-merge": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, look := queueWorld(t, allowAuto)
			w.as(look, w.source[0], Unchanged)
			w.wantQueued(w.source[0])
			w.as(look, w.source[1], Updated)
			w.expect("admin", w.source[1])
			if got := w.groups(); len(got) > 0 {
				t.Errorf("the queue holds %v before the checks", got)
			}
			w.pass(w.pulls("open")[0].GetHead().GetSHA())
			if !allowAuto {
				w.as(look, w.source[1], Unchanged)
			}
			w.wantQueued(w.source[1])
			if body := w.pulls("open")[0].GetBody(); readMark(body).has(backToQueue) {
				t.Errorf("it is still noted to be added again:\n%s", body)
			}
			w.land(w.source[1])
		})
	}
}

// What is queued is left there when only the base went on: the queue sees to it.
func TestTheBaseOfWhatIsQueuedMoves(t *testing.T) {
	t.Parallel()
	w, look := queueWorld(t, true)
	tip := w.pulls("open")[0].GetHead().GetSHA()
	w.commit("main", "by hand", "manifests/admin/app.yaml", strings.Replace(adminYAML, "# admin\n", "# admin, tuned\n", 1))
	w.as(look, w.source[0], Unchanged)
	w.wantQueued(w.source[0])
	if now := w.pulls("open")[0].GetHead().GetSHA(); now != tip {
		t.Errorf("the branch went from %s to %s", tip, now)
	}
	w.land(w.source[0])
}

// Somebody adds the pull request to the queue after the run looked, and the forge refuses
// to move its branch, or moves it and would merge the older version.
func TestQueuedWhileItIsUpdated(t *testing.T) {
	t.Parallel()
	for name, lets := range map[string]bool{"the forge refuses": false, "the forge lets the branch move": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := queueWorld(t, false)
			if err := w.repo().unqueue(t.Context(), w.pulls("open")[0]); err != nil {
				t.Fatal(err)
			}
			if err := w.forge.SetQuirks("acme/monorepo", forge.Quirks{QueueLetsPush: lets}); err != nil {
				t.Fatal(err)
			}
			r := w.repo()
			base := r.Client.BaseURL
			r.Client = github.NewClient(&http.Client{Transport: beforeTree{r.Client.Client().Transport, w.add, &sync.Once{}}})
			r.Client.BaseURL = base
			if out, err := r.Propose(t.Context(), Alone(service("admin", w.source[1]))); err != nil || out.Kind != Updated {
				t.Fatalf("got %+v, %v", out, err)
			}
			if got := w.groups(); len(got) > 0 {
				t.Errorf("the queue still holds %v", got)
			}
			w.expect("admin", w.source[1])
		})
	}
}

// beforeTree does something once, before a tree is written.
type beforeTree struct {
	http.RoundTripper

	do   func()
	once *sync.Once
}

// RoundTrip sends the request.
func (b beforeTree) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasSuffix(req.URL.Path, "/git/trees") && req.Method == http.MethodPost {
		b.once.Do(b.do)
	}
	return b.RoundTripper.RoundTrip(req)
}

// A run that updates what is queued dies between any two requests: the next one brings
// the newer version back to the queue. CI tries every fourth place.
func TestARunThatDiesOutsideTheQueue(t *testing.T) {
	t.Parallel()
	for i, after := range []bool{false, true} {
		for skip := 2 * i; ; skip += crashStep(4) {
			if done := diesOutsideTheQueue(t, skip, after); done && skip < 12 {
				t.Fatalf("only %d requests", skip)
			} else if done {
				break
			}
		}
	}
}

// diesOutsideTheQueue lets a run die after so many requests, and tells whether it needed
// no more than these.
func diesOutsideTheQueue(t *testing.T, skip int, after bool) bool {
	t.Helper()
	w, look := queueWorld(t, true)
	fault := forge.Fault{Path: ".", Skip: skip, Count: -1, Status: 401, Answer: `{"message":"gone"}`, After: after}
	if err := w.forge.AddFault(fault); err != nil {
		t.Fatal(err)
	}
	r := w.repo()
	r.Look = look
	_, err := r.Propose(t.Context(), Alone(service("admin", w.source[1])))
	w.forge.ClearFaults()
	if err == nil {
		return true
	}
	again := w.repo()
	again.Look = look
	if _, err := again.Propose(t.Context(), Alone(service("admin", w.source[1]))); err != nil {
		t.Fatalf("after request %d (%v): %v", skip, after, err)
	}
	w.expect("admin", w.source[1])
	w.pass(w.pulls("open")[0].GetHead().GetSHA())
	w.wantQueued(w.source[1])
	w.land(w.source[1])
	return false
}
