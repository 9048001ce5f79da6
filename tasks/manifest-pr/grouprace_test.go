// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/soak"
	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
)

// Processes race that share pull requests: with --group=all each proposes one
// service for the only one, with --group=run each proposes all services for that of
// its commit. In the end the newest of each service is merged, or proposed by the only
// pull request that is open. CI has nine processes, `make soak` twenty for each seed.
func TestManyProcessesOfGroups(t *testing.T) {
	commits, count := 3, 3
	if soak.Long() {
		commits, count = 4, 5
	}
	services := make([]string, count)
	for i := range services {
		services[i] = fmt.Sprint("service-", i)
	}
	for group, jobsOf := range map[string]func(*rand.Rand, int, []string) []job{perRun: runJobs, forAll: jobs} {
		t.Run(group, func(t *testing.T) {
			t.Parallel()
			soak.Each(t, 1, func(t *testing.T, rnd *rand.Rand) { raceGroups(t, rnd, group, commits, services, jobsOf) })
		})
	}
}

func raceGroups(t *testing.T, rnd *rand.Rand, group string, commits int, services []string, jobsOf func(*rand.Rand, int, []string) []job) {
	t.Helper()
	w := newWorld(t, commits, services...)
	w.flags = []string{"--group=" + group}
	w.spoil(rnd)
	branches := []string{propose.All}
	if group == perRun {
		branches = nil
		for _, commit := range w.source {
			branches = append(branches, propose.RunKey(commit))
		}
	}
	stop := w.people(rnd.Uint64(), services, branches)
	killed := w.race(jobsOf(rnd, commits, services))
	stop()
	w.server.ClearFaults()
	for i := range killed {
		killed[i].dies = 0
	}
	w.race(killed)
	w.checkGrouped(services, branches[len(branches)-1])
	if t.Failed() {
		t.Log(w.story())
	}
}

// runJobs propose all services of each commit, as often as there are services.
func runJobs(rnd *rand.Rand, commits int, services []string) []job {
	all := jobs(rnd, commits, services)
	for i := range all {
		all[i].services = services
	}
	return all
}

// checkGrouped wants the newest image of every service on main, or in the only
// open pull request, which is of one branch.
func (w *world) checkGrouped(services []string, branch string) {
	w.t.Helper()
	open, _, err := w.client.PullRequests.List(w.t.Context(), w.owner, w.name, &github.PullRequestListOptions{State: "open"})
	if err != nil || len(open) > 1 || len(open) == 1 && open[0].GetHead().GetRef() != "adze/"+branch {
		w.t.Fatalf("%d pull requests are open, want at most one of %s: %v", len(open), branch, err)
	}
	newest := w.source[len(w.source)-1]
	for _, s := range services {
		path := "manifests/" + s + "/app.yaml"
		onMain := strings.Contains(w.file(path, "main"), imageOf(s, newest))
		proposed := len(open) == 1 && strings.Contains(w.file(path, "adze/"+branch), imageOf(s, newest))
		if !onMain && !proposed {
			w.t.Errorf("%s: the newest is neither merged nor proposed", s)
		}
	}
}
