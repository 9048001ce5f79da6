// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/adze-ci/adze/internal/soak"
	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

// ofRun is the unit of the run of a commit.
func (w *world) ofRun(commit int, names ...string) Unit {
	var services []manifests.Service
	for _, name := range names {
		services = append(services, service(name, w.source[commit]))
	}
	return NewUnit(RunKey(w.source[commit]), services...)
}

// overlaps wants what the open pull requests of runs propose, by commit.
func (w *world) overlaps(want map[int][]string) {
	w.t.Helper()
	got := map[int][]string{}
	for _, pr := range w.pulls("open") {
		commit, _, err := w.repo().Client.Git.GetCommit(w.t.Context(), "acme", "monorepo", pr.GetHead().GetSHA())
		p, ours := ParseMessage(commit.GetMessage())
		if err != nil || !ours {
			w.t.Fatalf("%s: %v", pr.GetTitle(), err)
		}
		for _, part := range p.Parts {
			at := slices.Index(w.source, part.Commit)
			got[at] = append(got[at], part.Service)
			if file := w.file("manifests/"+part.Service+"/app.yaml", pr.GetHead().GetRef()); !strings.Contains(file, part.Commit) {
				w.t.Errorf("%s does not change %s", pr.GetTitle(), part.Service)
			}
		}
		if !strings.Contains(pr.GetTitle(), p.Parts[0].Service) || strings.Count(pr.GetTitle(), ",") != len(p.Parts)-1 {
			w.t.Errorf("%s is open for %+v", pr.GetTitle(), p.Parts)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("proposed are %v, want %v", got, want)
	}
}

// A newer run takes its services out of an older one's pull request, which is
// closed with links once nothing is left of it.
func TestANewerRunTakesItsServicesOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.unit(w.ofRun(0, "admin", "user"), Opened)
	second := w.unit(w.ofRun(1, "admin"), Opened)
	w.overlaps(map[int][]string{0: {"user"}, 1: {"admin"}})
	w.names("adze/"+RunKey(w.source[0]), "none", w.source[0])
	w.merge(second.Number, "squash")
	w.merge(first.Number, "squash") // without a conflict
	w.names("main", w.source[1], w.source[0])

	w = newWorld(t)
	first = w.unit(w.ofRun(0, "admin", "user"), Opened)
	w.unit(w.ofRun(1, "admin"), Opened)
	third := w.unit(w.ofRun(2, "user"), Opened)
	w.overlaps(map[int][]string{1: {"admin"}, 2: {"user"}})
	w.closed(first.Number, fmt.Sprintf("Superseded by #%d", third.Number))
}

// The older of two runs that comes last proposes the rest, and says where the newer is.
func TestAnOlderRunProposesTheRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	newer := w.unit(w.ofRun(1, "admin"), Opened)
	for _, want := range []Kind{Opened, Unchanged} {
		out := w.unit(w.ofRun(0, "admin", "user"), want)
		admin, user := out.Of("admin"), out.Of("user")
		if admin.Kind != Superseded || admin.By != w.source[1] || admin.Number != newer.Number || user.Kind != want || user.Number == newer.Number {
			t.Errorf("got %+v and %+v", admin, user)
		}
		w.overlaps(map[int][]string{0: {"user"}, 1: {"admin"}})
	}
	// What a person closed of the rest stays closed.
	w.close(w.unit(w.ofRun(0, "user"), Unchanged).Number)
	if _, err := w.repo().Propose(t.Context(), w.ofRun(0, "admin", "user")); err == nil {
		t.Error("opened again what a person closed")
	}
	w.overlaps(map[int][]string{1: {"admin"}})
}

// Between any two requests of one run the other does its work: each part is
// proposed once in the end, in its newest version.
func TestOverlappingRunsMeet(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"POST .*/git/trees$", "POST .*/git/refs$", "POST .*/pulls$"} {
		for _, order := range [][2]int{{0, 1}, {1, 0}} {
			w := newWorld(t)
			names := [][]string{{"admin", "user"}, {"admin"}}
			w.unit(w.ofRun(0, "user"), Opened)
			late := &meanwhile{next: w.forge, at: regexp.MustCompile("^" + at), do: func() {
				if _, err := w.repo().Propose(t.Context(), w.ofRun(order[1], names[order[1]]...)); err != nil {
					t.Error(err)
				}
			}}
			server := httptest.NewServer(late)
			t.Cleanup(server.Close)
			w.url = server.URL + "/api/v3"
			if _, err := w.repo().Propose(t.Context(), w.ofRun(order[0], names[order[0]]...)); err != nil {
				t.Errorf("%s, %v: %v", at, order, err)
			}
			if !late.done.Load() {
				late.do() // a run that has a branch makes none
			}
			w.overlaps(map[int][]string{0: {"user"}, 1: {"admin"}})
			if t.Failed() {
				t.Fatalf("at %s in order %v", at, order)
			}
		}
	}
}

// A run that gave way deleted the branch of which another run of its commit had just opened
// the pull request. Nobody closed that but the forge, and the newer run's stays.
func TestAnOlderRunGivesWayTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.unit(w.ofRun(0, "admin", "user"), Opened)
	if err := w.repo().deleteRef(t.Context(), "adze/"+RunKey(w.source[0])); err != nil {
		t.Fatal(err)
	}
	if open := w.pulls("open"); len(open) != 0 {
		t.Fatalf("open are %s", titles(open))
	}
	newer := w.unit(w.ofRun(1, "admin", "user"), Opened)
	if out := w.unit(w.ofRun(0, "admin", "user"), Superseded); out.Number != newer.Number || out.By != w.source[1] {
		t.Errorf("got %+v", out)
	}
	w.overlaps(map[int][]string{1: {"admin", "user"}})
}

// A person's commit on the older run's branch keeps it as it is.
func TestAPersonsCommitKeepsAnOlderRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.unit(w.ofRun(0, "admin", "user"), Opened)
	branch := "adze/" + RunKey(w.source[0])
	theirs := w.commit(branch, "by hand", "manifests/user/app.yaml", "image: reg.example/library/user:mine")
	w.unit(w.ofRun(1, "admin"), Opened)
	if tip, err := w.repo().tip(t.Context(), branch); tip != theirs || err != nil {
		t.Errorf("the branch went to %s, %v", tip, err)
	}
}

// Runs of some services each race. In the end each service is proposed once, in
// the newest version that any run had.
func TestOverlappingRunsRace(t *testing.T) {
	t.Parallel()
	soak.Each(t, 2, func(t *testing.T, rnd *rand.Rand) {
		w := newWorld(t)
		all := [][]string{{"admin"}, {"user"}, {"admin", "user"}}
		newest, units := map[string]int{}, []Unit{}
		for commit := range w.source {
			names := all[rnd.IntN(len(all))]
			for _, name := range names {
				newest[name] = commit
			}
			units = append(units, w.ofRun(commit, names...), w.ofRun(commit, names...))
		}
		rnd.Shuffle(len(units), func(i, j int) { units[i], units[j] = units[j], units[i] })
		var wg sync.WaitGroup
		for _, u := range units {
			wg.Go(func() {
				if _, err := w.repo().Propose(t.Context(), u); err != nil {
					t.Errorf("%s: %v", u.Key, err)
				}
			})
		}
		wg.Wait()
		want := map[int][]string{}
		for _, name := range []string{"admin", "user"} {
			if commit, proposed := newest[name]; proposed {
				want[commit] = append(want[commit], name)
			}
		}
		w.overlaps(want)
	})
}
