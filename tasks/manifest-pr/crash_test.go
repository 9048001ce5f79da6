// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/internal/soak"
	"github.com/adze-ci/adze/internal/step"
)

// scenario is what a run that dies was about to do, and what has to be there
// once it ran again. The run is for source[1].
type scenario struct {
	name    string
	prepare func(w *world, services ...string)
	check   func(w *world, service string)
}

func scenarios() []scenario {
	proposed := func(commit int) func(*world, string) {
		return func(w *world, service string) { w.checkProposed(service, w.source[commit]) }
	}
	older := func(w *world, services ...string) { w.propose("opened", w.source[0], services...) }
	return []scenario{
		{"open", func(*world, ...string) {}, proposed(1)},
		{"update", older, proposed(1)},
		{"update after the base changed the manifest", func(w *world, services ...string) {
			older(w, services...)
			for _, s := range services {
				w.commit("main", "by hand", "manifests/"+s+"/app.yaml", "# new\n"+manifestOf(s, "none"))
			}
		}, proposed(1)},
		{"open without GraphQL", (*world).withoutGraphQL, proposed(1)},
		{"update without GraphQL", func(w *world, services ...string) {
			w.withoutGraphQL()
			older(w, services...)
			w.commit("main", "elsewhere", "README.md", "hello\n")
		}, proposed(1)},
		{"close what is stale", func(w *world, services ...string) {
			older(w, services...)
			w.nameOnMain(w.source[1], services...)
		}, (*world).checkClosed},
		{"step aside and repair the title", func(w *world, services ...string) {
			w.propose("opened", w.source[2], services...)
			for _, s := range services {
				w.edit(s, &github.PullRequest{Title: github.String("[Update manifest] old")})
			}
		}, proposed(2)},
	}
}

// point is where a run dies.
type point struct {
	at    int
	after bool
}

func (p point) String() string {
	return fmt.Sprint(map[bool]string{false: "before", true: "after"}[p.after], " request ", p.at)
}

// A run dies between any two requests, before or after the forge did what was
// asked. The next run of the same commit repairs whatever it left, and the one after
// that has nothing to write.
func TestARunDiesAnywhere(t *testing.T) {
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.everywhere(t)
		})
	}
}

// everywhere lets a run die at all points: each for a service of its own. CI
// tries a few of them.
func (s scenario) everywhere(t *testing.T) {
	points := s.points(t)
	services := make([]string, len(points))
	for i := range points {
		services[i] = fmt.Sprintf("service-%02d", i)
	}
	w := newWorld(t, 3, services...)
	s.prepare(w, services...)
	for i, p := range points {
		w.runAndDie(services[i], p)
		if a := w.again(services[i]); a.code != step.CodeDone {
			t.Errorf("died %s, and then: exit code %d\n%s", p, a.code, a.log)
			continue
		}
		s.check(w, services[i])
		if n := w.writesOf(services[i]); n != 0 {
			t.Errorf("died %s, was repaired, and a further run writes %d times", p, n)
		}
		if t.Failed() {
			t.Fatalf("so it is when the run died %s\n%s", p, w.story())
		}
	}
}

// points are all where such a run can die, or some by chance.
func (s scenario) points(t *testing.T) []point {
	w := newWorld(t, 3, "admin")
	s.prepare(w, "admin")
	token, file := w.bot()
	w.run(t.Context(), w.words(file, w.source[1], "admin"))
	var all []point
	for at := 1; at <= w.gate.counted(token).all; at++ {
		all = append(all, point{at, false}, point{at, true})
	}
	if len(all) < 10 {
		t.Fatalf("only %d points", len(all))
	}
	if soak.Long() {
		return all
	}
	rnd := rand.New(rand.NewPCG(1, 13)) //nolint:gosec // chance that can be had again is wanted
	rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:4]
}

// runAndDie runs in this process until the point; whatever the run would do
// after it does not reach the forge.
func (w *world) runAndDie(service string, p point) {
	w.t.Helper()
	token, file := w.bot()
	ctx, die := context.WithCancel(w.t.Context())
	defer die()
	w.gate.comes(token, turn{at: p.at, after: p.after, do: die, dies: true})
	if a := w.run(ctx, w.words(file, w.source[1], service)); a.code == step.CodeDone {
		w.t.Errorf("the run that was to die %s ended well", p)
	}
}

func (w *world) again(service string) answer {
	w.t.Helper()
	_, file := w.bot()
	return w.run(w.t.Context(), w.words(file, w.source[1], service))
}

// writesOf says how many requests of one more run write.
func (w *world) writesOf(service string) int {
	w.t.Helper()
	token, file := w.bot()
	w.run(w.t.Context(), w.words(file, w.source[1], service))
	return w.gate.counted(token).writes
}

// A process that is killed outright leaves no more behind than one that is told
// to stop.
func TestAProcessIsKilled(t *testing.T) {
	w := newWorld(t, 2, "admin", "user")
	for _, service := range []string{"admin", "user"} {
		if !w.process(job{service: service, commit: 1, dies: 13, after: service == "user"}) {
			t.Fatal("it was not killed")
		}
		if w.process(job{service: service, commit: 1}) {
			t.Fatal("it was killed again")
		}
		w.checkProposed(service, w.source[1])
	}
}

// withoutGraphQL makes the forge one that has REST only.
func (w *world) withoutGraphQL(...string) {
	w.t.Helper()
	if err := w.server.AddFault(forge.Fault{Path: "/graphql$", Count: -1, Status: 404, Answer: `{"message":"Not Found"}`}); err != nil {
		w.t.Fatal(err)
	}
}

// edit changes a service's open pull request as a person does.
func (w *world) edit(service string, to *github.PullRequest) {
	w.t.Helper()
	for _, pr := range w.pulls("open", service) {
		if _, _, err := w.client.PullRequests.Edit(w.t.Context(), w.owner, w.name, pr.GetNumber(), to); err != nil {
			w.t.Fatal(err)
		}
	}
}

// checkProposed wants one pull request of a service, open, that says and holds
// a commit's image.
func (w *world) checkProposed(service, commit string) {
	w.t.Helper()
	all := w.pulls("all", service)
	if len(all) != 1 || all[0].GetState() != "open" {
		w.t.Errorf("%s has %d pull requests", service, len(all))
		return
	}
	if pr := all[0]; !strings.HasSuffix(pr.GetTitle(), "→ "+commit[:7]) || !strings.Contains(pr.GetBody(), commit) {
		w.t.Errorf("the pull request says %q", pr.GetTitle())
	}
	base := w.file("manifests/"+service+"/app.yaml", "main")
	if got, want := w.file("manifests/"+service+"/app.yaml", "adze/"+service), strings.Replace(base, ":none", ":"+commit, 1); got != want {
		w.t.Errorf("the branch holds\n%s\nwant\n%s", got, want)
	}
}

// checkClosed wants a service's pull request closed, with one comment that says
// why, and its branch gone.
func (w *world) checkClosed(service string) {
	w.t.Helper()
	all := w.pulls("all", service)
	if len(all) != 1 || all[0].GetState() != "closed" || w.tip("adze/"+service) != "" {
		w.t.Fatalf("%s has %d pull requests, and its branch is at %q", service, len(all), w.tip("adze/"+service))
	}
	comments, _, err := w.client.Issues.ListComments(w.t.Context(), w.owner, w.name, all[0].GetNumber(), nil)
	if err != nil || len(comments) != 1 {
		w.t.Errorf("%s: %d comments, %v", service, len(comments), err)
	}
}
