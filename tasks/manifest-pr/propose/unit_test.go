// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

// unit proposes a unit once and wants an outcome.
func (w *world) unit(u Unit, want Kind) Outcome {
	w.t.Helper()
	out, err := w.repo().Propose(w.t.Context(), u)
	if err != nil || out.Kind != want {
		w.t.Fatalf("got %+v, %v, want %s", out, err, want)
	}
	return out
}

// names wants the branch to name versions of admin and user.
func (w *world) names(branch, admin, user string) {
	w.t.Helper()
	for service, version := range map[string]string{"admin": admin, "user": user} {
		if got := w.file("manifests/"+service+"/app.yaml", branch); !strings.Contains(got, service+":"+version) {
			w.t.Errorf("%s: want %s:%s, got:\n%s", branch, service, version, got)
		}
	}
}

func TestOnePullRequestForAllServices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.unit(NewUnit(All, service("user", w.source[0]), service("admin", w.source[0])), Opened)
	w.names("adze/all", w.source[0], w.source[0])
	if title := w.pulls("open")[0].GetTitle(); title != "[Update manifest] admin, user: none → "+w.source[0][:7] {
		t.Errorf("title %q", title)
	}
	w.unit(NewUnit(All, service("admin", w.source[0]), service("user", w.source[0])), Unchanged)

	// A run of one service keeps what is proposed for the other.
	if out := w.unit(NewUnit(All, service("admin", w.source[2])), Updated); out.Number != first.Number {
		t.Errorf("got %+v", out)
	}
	w.names("adze/all", w.source[2], w.source[0])

	// An older part keeps the newer's edit, and the rest goes on.
	out := w.unit(NewUnit(All, service("admin", w.source[1]), service("user", w.source[1])), Updated)
	w.names("adze/all", w.source[2], w.source[1])
	if admin, user := out.Of("admin"), out.Of("user"); admin.Kind != Superseded || admin.By != w.source[2] || user.Kind != Updated || user.URL != first.URL {
		t.Errorf("got %+v and %+v", admin, user)
	}

	// When all parts are older the whole steps aside.
	w.unit(NewUnit(All, service("admin", w.source[0]), service("user", w.source[0])), Superseded)
	w.names("adze/all", w.source[2], w.source[1])

	w.merge(first.Number, "squash")
	w.names("main", w.source[2], w.source[1])
	out = w.unit(NewUnit(All, service("admin", w.source[2]), service("user", w.source[2])), Opened)
	if admin := out.Of("admin"); admin.Kind != Unchanged || admin.Number != 0 {
		t.Errorf("got %+v", admin)
	}
	w.names("adze/all", w.source[2], w.source[2])
	if title := w.pulls("open")[0].GetTitle(); !strings.HasPrefix(title, "[Update manifest] user: ") {
		t.Errorf("title %q", title)
	}
}

// What the base names meanwhile, or something newer, is no longer carried along.
func TestABranchForAllIsTrimmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.unit(NewUnit(All, service("admin", w.source[0]), service("user", w.source[0])), Opened)
	w.commit("main", "by hand", "manifests/admin/app.yaml", strings.Replace(adminYAML, ":none", ":"+w.source[1], 1))
	w.unit(NewUnit(All, service("user", w.source[1])), Updated)
	w.names("adze/all", w.source[1], w.source[1])
	files, _, err := w.repo().Client.PullRequests.ListFiles(t.Context(), "acme", "monorepo", w.pulls("open")[0].GetNumber(), nil)
	if err != nil || len(files) != 1 {
		t.Errorf("%d files, %v", len(files), err)
	}
}

// One pull request per run: a newer run's closes an older's when it proposes all of it anew.
func TestOnePullRequestPerRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.unit(NewUnit(RunKey(w.source[0]), service("admin", w.source[0]), service("user", w.source[0])), Opened)
	second := w.unit(NewUnit(RunKey(w.source[1]), service("admin", w.source[1])), Opened)
	if n := len(w.pulls("open")); n != 2 {
		t.Errorf("%d pull requests are open: the first one still proposes user", n)
	}
	third := w.unit(NewUnit(RunKey(w.source[2]), service("admin", w.source[2]), service("user", w.source[2])), Opened)
	for _, old := range []Outcome{first, second} {
		w.closed(old.Number, "Superseded by #"+strings.TrimPrefix(third.URL[strings.LastIndex(third.URL, "/"):], "/"))
	}
	w.names("adze/run-"+w.source[2][:12], w.source[2], w.source[2])
}

// From one for all to one per service: the last of the services closes it.
func TestTheGroupingChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := w.unit(NewUnit(All, service("admin", w.source[0]), service("user", w.source[0])), Opened)
	w.unit(Alone(service("admin", w.source[1])), Opened)
	if n := len(w.pulls("open")); n != 2 {
		t.Errorf("%d pull requests are open", n)
	}
	w.unit(Alone(service("user", w.source[0])), Opened)
	w.closed(all.Number, "Superseded by #")
	// Both in one run close it as well.
	again := w.unit(NewUnit(All, service("admin", w.source[1]), service("user", w.source[1])), Opened)
	r := w.repo()
	for _, name := range []string{"admin", "user"} {
		if out, err := r.Propose(t.Context(), Alone(service(name, w.source[2]))); err != nil || out.Kind != Opened {
			t.Fatalf("%s: got %+v, %v", name, out, err)
		}
	}
	w.closed(again.Number, "Superseded by #")
	back := w.unit(NewUnit(All, service("admin", w.source[2]), service("user", w.source[2])), Opened)
	if open := w.pulls("open"); len(open) != 1 || open[0].GetNumber() != back.Number {
		t.Errorf("open: %s", titles(open))
	}
}

// A person's commit on another branch of ours is theirs, whatever is superseded.
func TestCommitsOfPeopleAreNotSuperseded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.unit(NewUnit(All, service("admin", w.source[0])), Opened)
	theirs := w.commit("adze/all", "by hand", "manifests/admin/app.yaml", "image: reg.example/library/admin:mine")
	w.propose(w.source[1], Opened)
	if tip, err := w.repo().tip(t.Context(), "adze/all"); tip != theirs || err != nil || len(w.pulls("open")) != 2 {
		t.Errorf("the branch went to %s %v; open: %s", tip, err, titles(w.pulls("open")))
	}
}

// Runs of different services and commits race for one branch: in the end it
// proposes the newest of each.
func TestRacingRunsOfOneUnit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var wg sync.WaitGroup
	errs := make(chan error, 16)
	for i := range 9 {
		var services []manifests.Service
		for n, name := range []string{"admin", "user"} {
			if i/3 != n {
				services = append(services, service(name, w.source[i%3]))
			}
		}
		wg.Go(func() {
			if _, err := w.repo().Propose(t.Context(), NewUnit(All, services...)); err != nil {
				errs <- fmt.Errorf("run %d: %w", i, err)
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	w.names("adze/all", w.source[2], w.source[2])
	if open := w.pulls("open"); len(open) != 1 || open[0].GetTitle() != "[Update manifest] admin, user: none → "+w.source[2][:7] {
		t.Errorf("open: %s", titles(open))
	}
}

// With a pull request for each run the older one gives way to the newer, in
// whatever order they come, and does not open another when it runs again.
func TestAnOlderRunGivesWayToANewer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := func(i int) Unit {
		return NewUnit(RunKey(w.source[i]), service("admin", w.source[i]), service("user", w.source[i]))
	}
	first := w.unit(of(2), Opened)
	for range 2 {
		if out := w.unit(of(1), Superseded); out.By != w.source[2] || out.Number != first.Number {
			t.Errorf("got %+v", out)
		}
	}
	if all := w.pulls("all"); len(all) != 1 {
		t.Errorf("there are %s", titles(all))
	}

	// The newer one is opened while the older is about to be.
	w = newWorld(t)
	late := &meanwhile{next: w.forge, at: regexp.MustCompile("^POST .*/pulls$"), do: func() { w.unit(of(2), Opened) }}
	server := httptest.NewServer(late)
	t.Cleanup(server.Close)
	w.url = server.URL + "/api/v3"
	w.unit(of(1), Superseded)
	open := w.pulls("open")
	if len(open) != 1 || open[0].GetHead().GetRef() != "adze/"+RunKey(w.source[2]) {
		t.Errorf("there are %s", titles(open))
	}
	if tip, err := w.repo().tip(t.Context(), "adze/"+RunKey(w.source[1])); tip != "" || err != nil {
		t.Errorf("the older branch is at %q, %v", tip, err)
	}
}
