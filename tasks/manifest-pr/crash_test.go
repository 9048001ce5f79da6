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
	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
)

// scenario is what a run that dies was about to do, and what has to be there
// once it ran again.
type scenario struct {
	name string
	// words are those of the run; where there are none it is for source[1].
	words func(w *world, file string, services ...string) []string
	// alone: the run is about all services, so each needs a world of its own.
	alone   bool
	prepare func(w *world, services ...string)
	check   func(w *world, service string)
}

func scenarios() []scenario {
	proposed := func(commit int) func(*world, string) {
		return func(w *world, service string) { w.checkProposed(service, w.source[commit]) }
	}
	older := func(w *world, services ...string) { w.propose("opened", w.source[0], services...) }
	with := func(flags ...string) func(*world, string, ...string) []string {
		return func(w *world, file string, services ...string) []string {
			return append(w.words(file, w.source[1], services...), flags...)
		}
	}
	extras := with("--label=deploy", "--label=bot", "--reviewer=reviewer", "--assignee=developer", "--draft")
	return []scenario{
		{name: "open", prepare: func(*world, ...string) {}, check: proposed(1)},
		{name: "update", prepare: older, check: proposed(1)},
		{name: "update after the base changed the manifest", prepare: func(w *world, services ...string) {
			older(w, services...)
			w.changeOnMain(services...)
		}, check: proposed(1)},
		{name: "open without GraphQL", prepare: (*world).withoutGraphQL, check: proposed(1)},
		{name: "update without GraphQL", prepare: func(w *world, services ...string) {
			w.withoutGraphQL()
			older(w, services...)
			w.commit("main", "elsewhere", "README.md", "hello\n")
		}, check: proposed(1)},
		{name: "close what is stale", prepare: func(w *world, services ...string) {
			older(w, services...)
			w.nameOnMain(w.source[1], services...)
		}, check: (*world).checkClosed},
		{name: "step aside and repair the title", prepare: func(w *world, services ...string) {
			w.propose("opened", w.source[2], services...)
			for _, s := range services {
				w.edit(s, &github.PullRequest{Title: github.String("[Update manifest] old")})
			}
		}, check: proposed(2)},
		{name: "open with labels and people", words: extras, prepare: (*world).invite, check: (*world).checkExtras},
		{name: "update with labels and people", words: extras, prepare: func(w *world, services ...string) {
			w.invite()
			older(w, services...)
		}, check: (*world).checkExtras},
		{name: "update and have the forge merge", words: with("--auto-merge=squash", "--label=deploy"), prepare: func(w *world, services ...string) {
			w.mergesByItself()
			older(w, services...)
		}, check: (*world).checkAutoMerge},
		{name: "commits that the forge signs", words: with("--signed-commits"), prepare: older, check: proposed(1)},
		{name: "all services at once", words: with("--group=all"), alone: true, prepare: func(*world, ...string) {}, check: (*world).checkGroup},
		{name: "refresh", words: (*world).refreshWords, alone: true, prepare: func(w *world, services ...string) {
			w.propose("opened", w.source[1], services...)
			w.changeOnMain(services...)
		}, check: proposed(1)},
		{name: "refresh what was merged in part", words: (*world).refreshWords, alone: true, prepare: func(w *world, services ...string) {
			w.flags = []string{"--group=run"}
			w.propose("opened", w.source[0], services...)
			w.nameOnMain(w.source[1], services[0])
		}, check: (*world).checkRest},
		{name: "take over from an older run", words: func(w *world, file string, services ...string) []string {
			return w.words(file, w.source[1], services[0])
		}, alone: true, prepare: func(w *world, services ...string) {
			w.flags = []string{"--group=run"}
			w.propose("opened", w.source[0], services...)
		}, check: (*world).checkRest},
	}
}

// refreshWords are those of a run that refreshes all pull requests.
func (w *world) refreshWords(file string, _ ...string) []string {
	return []string{"refresh", "--repo=" + w.owner + "/" + w.name, "--api-url=" + w.api, "--token-file=" + file, "--output=json"}
}

// changeOnMain changes what stands beside the images.
func (w *world) changeOnMain(services ...string) {
	for _, s := range services {
		w.commit("main", "by hand", "manifests/"+s+"/app.yaml", "# new\n"+manifestOf(s, "none"))
	}
}

// checkRest wants the older run's pull request to propose user and no more.
func (w *world) checkRest(string) {
	w.t.Helper()
	key := propose.RunKey(w.source[0])
	open := w.pulls("open", key)
	if len(open) != 1 || !strings.HasPrefix(open[0].GetTitle(), "[Update manifest] user: ") {
		w.t.Fatalf("open are %v", open)
	}
	for service, proposed := range map[string]bool{"admin": false, "user": true} {
		if strings.Contains(w.file("manifests/"+service+"/app.yaml", "adze/"+key), w.source[0]) != proposed {
			w.t.Errorf("%s is proposed: %t", service, !proposed)
		}
	}
}

// invite makes a person who may review.
func (w *world) invite(...string) { w.server.AddUser("reviewer", "Reviewer", "reviewer@example.com") }

// mergesByItself has the forge merge what is green, and main require a check.
func (w *world) mergesByItself() {
	w.t.Helper()
	if _, _, err := w.client.Repositories.Edit(w.t.Context(), w.owner, w.name, &github.Repository{AllowAutoMerge: github.Bool(true)}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.server.Protect(w.owner+"/"+w.name, "main", "tests"); err != nil {
		w.t.Fatal(err)
	}
}

// checkAutoMerge wants a service's pull request to wait for its check.
func (w *world) checkAutoMerge(service string) {
	w.t.Helper()
	w.checkProposed(service, w.source[1])
	for _, pr := range w.pulls("open", service) {
		if pr.GetAutoMerge().GetMergeMethod() != "squash" || len(pr.Labels) != 1 {
			w.t.Errorf("%d merges by %q, and has labels %v", pr.GetNumber(), pr.GetAutoMerge().GetMergeMethod(), pr.Labels)
		}
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
	if s.alone {
		for _, p := range points {
			s.prepared(t, "admin", "user").diesAt(s, p, "admin", "user")
		}
		return
	}
	w := s.prepared(t, services...)
	for i, p := range points {
		w.diesAt(s, p, services[i])
	}
}

// prepared is a world in which a run may begin.
func (s scenario) prepared(t *testing.T, services ...string) *world {
	t.Helper()
	w := newWorld(t, 3, services...)
	s.prepare(w, services...)
	return w
}

// start runs a scenario's run, and gives the token it had as well.
func (w *world) start(ctx context.Context, s scenario, change func(token string), services ...string) (answer, string) {
	w.t.Helper()
	token, file := w.bot()
	change(token)
	if s.words == nil {
		return w.run(ctx, w.words(file, w.source[1], services...)), token
	}
	return w.run(ctx, s.words(w, file, services...)), token
}

// diesAt lets a run die, runs it again, and once more. Whatever the first would
// do after its death does not reach the forge.
func (w *world) diesAt(s scenario, p point, services ...string) {
	w.t.Helper()
	ctx, die := context.WithCancel(w.t.Context())
	defer die()
	dead, _ := w.start(ctx, s, func(token string) { w.gate.comes(token, turn{at: p.at, after: p.after, do: die, dies: true}) }, services...)
	if dead.code == step.CodeDone {
		w.t.Errorf("the run that was to die %s ended well", p)
	}
	lives := func(string) {}
	if a, _ := w.start(w.t.Context(), s, lives, services...); a.code != step.CodeDone {
		w.t.Errorf("exit code %d\n%s", a.code, a.log)
	}
	for _, service := range services {
		s.check(w, service)
	}
	a, token := w.start(w.t.Context(), s, lives, services...)
	if n := w.gate.counted(token).writes; n != 0 {
		w.t.Errorf("it was repaired, and a further run writes %d times\n%s", n, a.log)
	}
	if w.t.Failed() {
		w.t.Fatalf("so it is when a run died %s\n%s\n%s", p, dead.log, w.story())
	}
}

// points are all where such a run can die, or some by chance.
func (s scenario) points(t *testing.T) []point {
	services := []string{"admin", "user"}[:map[bool]int{false: 1, true: 2}[s.alone]]
	w := s.prepared(t, services...)
	a, token := w.start(t.Context(), s, func(string) {}, services...)
	if a.code != step.CodeDone {
		t.Fatalf("undisturbed it ends with exit code %d\n%s", a.code, a.log)
	}
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
	rnd := rand.New(rand.NewPCG(uint64(len(s.name)), 13))
	rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:3]
}

// A process that is killed outright leaves no more behind than one that is told
// to stop.
func TestAProcessIsKilled(t *testing.T) {
	w := newWorld(t, 2, "admin", "user")
	for _, service := range []string{"admin", "user"} {
		if !w.process(job{services: []string{service}, commit: 1, dies: 13, after: service == "user"}) {
			t.Fatal("it was not killed")
		}
		if w.process(job{services: []string{service}, commit: 1}) {
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

// checkExtras wants what the flags asked for beside the proposal, once.
func (w *world) checkExtras(service string) {
	w.t.Helper()
	w.checkProposed(service, w.source[1])
	for _, pr := range w.pulls("open", service) {
		if len(pr.Labels) != 2 || len(pr.Assignees) != 1 || len(pr.RequestedReviewers) != 1 {
			w.t.Errorf("%d has labels %v, assignees %v, reviewers %v", pr.GetNumber(), pr.Labels, pr.Assignees, pr.RequestedReviewers)
		}
	}
}

// checkGroup wants a service's image in the one pull request of all.
func (w *world) checkGroup(service string) {
	w.t.Helper()
	if all := w.pulls("all", "all"); len(all) != 1 || all[0].GetState() != "open" || !strings.Contains(all[0].GetBody(), service) {
		w.t.Errorf("there are %d pull requests of all services", len(all))
		return
	}
	if got := w.file("manifests/"+service+"/app.yaml", "adze/all"); got != manifestOf(service, w.source[1]) {
		w.t.Errorf("adze/all holds\n%s", got)
	}
}
