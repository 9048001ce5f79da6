// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/internal/soak"
)

// job is one run: a process of its own that proposes a commit for services.
type job struct {
	services []string
	commit   int // of world.source
	dies     int // at this request; 0: it lives
	after    bool
}

// Fifty processes race, one for each of five commits of ten services, started
// in any order. The forge fails now and then, some processes are killed at some
// request, and people merge and push meanwhile. The killed ones are run again.
// Whatever happened, no newer image gave way to an older one at any time, nothing
// that others wrote was lost, and in the end the newest of each service is merged,
// or proposed by the only pull request that is open.
func TestManyProcesses(t *testing.T) {
	soak.Each(t, 1, func(t *testing.T, rnd *rand.Rand) {
		services := make([]string, 10)
		for i := range services {
			services[i] = fmt.Sprint("service-", i)
		}
		w := newWorld(t, 5, services...)
		w.spoil(rnd)
		stop := w.people(rnd.Uint64(), services, services)
		killed := w.race(jobs(rnd, 5, services))
		stop()
		w.server.ClearFaults()
		for i := range killed {
			killed[i].dies = 0
		}
		w.race(killed)
		w.checkHistory(services)
		for _, s := range services {
			w.checkNewest(s, w.source[4])
		}
		if t.Failed() {
			t.Log(w.story())
		}
	})
}

// jobs are all commits of all services in random order, some of which die.
func jobs(rnd *rand.Rand, commits int, services []string) []job {
	var all []job
	for _, s := range services {
		for commit := range commits {
			all = append(all, job{services: []string{s}, commit: commit}.mortal(rnd))
		}
	}
	rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// mortal lets a job die in one case of three.
func (j job) mortal(rnd *rand.Rand) job {
	if rnd.IntN(3) == 0 {
		j.dies, j.after = 1+rnd.IntN(20), rnd.IntN(2) == 0
	}
	return j
}

// race starts all jobs at once, and gives those that were killed.
func (w *world) race(jobs []job) []job {
	w.t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	var killed []job
	for _, j := range jobs {
		wg.Go(func() {
			if w.process(j) {
				mu.Lock()
				defer mu.Unlock()
				killed = append(killed, j)
			}
		})
	}
	wg.Wait()
	return killed
}

// process runs a job as a process, and tells whether it was killed. Nothing else
// is a reason to fail.
func (w *world) process(j job) (killed bool) {
	token, file := w.bot()
	started, gone := make(chan struct{}), make(chan struct{})
	cmd := exec.CommandContext(w.t.Context(), "manifest-pr", w.words(file, w.source[j.commit], j.services...)...)
	cmd.Env = []string{"HOME=" + w.t.TempDir(), "PATH=" + os.Getenv("PATH"), "GOMAXPROCS=1"}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if j.dies > 0 {
		kill := sync.OnceFunc(func() {
			<-started
			cmd.Process.Kill() //nolint:errcheck // it may be gone already
			<-gone
		})
		w.gate.comes(token, turn{at: j.dies, after: j.after, do: kill, dies: true})
	}
	err := cmd.Start()
	close(started)
	if err == nil {
		err = cmd.Wait()
	}
	close(gone)
	killed = j.dies > 0 && cmd.ProcessState != nil && !cmd.ProcessState.Exited()
	if err != nil && !killed {
		w.t.Errorf("%s for commit %d: %v\n%s", j.services, j.commit, err, out.String())
	}
	return killed
}

// spoil makes some requests fail in ways that a run has to get over.
func (w *world) spoil(rnd *rand.Rand) {
	w.t.Helper()
	invalid := `{"message":"Validation Failed","errors":[{"resource":"PullRequest","field":"head","code":"invalid"}]}`
	for _, f := range []forge.Fault{
		{Method: "POST", Path: "/git/refs$", Status: 422, Answer: `{"message":"Reference already exists"}`},
		{Method: "POST", Path: "/git/refs$", Kind: "bad-gateway", After: true},
		{Method: "POST", Path: "/pulls$", Status: 422, Answer: invalid},
		{Method: "POST", Path: "/pulls$", Kind: "bad-gateway", After: true},
		{Method: "POST", Path: "/graphql$", Body: "owner: String", Status: 405, Answer: `{"message":"Method Not Allowed"}`},
		{Method: "POST", Path: "/graphql$", Body: "updateRefs", Kind: "bad-gateway", After: true},
		{Method: "POST", Path: "/git/commits$", Kind: "drop"},
		{Method: "PATCH", Path: "/pulls/", Kind: "bad-gateway", After: true},
		{Method: "GET", Path: "/compare/", Kind: "unavailable"},
		{Path: "/git/", Kind: "too-many-requests"},
		{Path: "/git/refs|/pulls$", Delay: time.Second},
		{Path: "/graphql$", Delay: time.Second, After: true},
	} {
		f.Skip, f.Count = rnd.IntN(20), 1+rnd.IntN(4)
		if err := w.server.AddFault(f); err != nil {
			w.t.Fatal(err)
		}
	}
}

// people merge pull requests of some branches and push to main until they are told to stop.
func (w *world) people(seed uint64, services, branches []string) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		rnd := rand.New(rand.NewPCG(seed, 12))
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case <-time.After(time.Duration(100+rnd.IntN(400)) * time.Millisecond):
			}
			s := services[rnd.IntN(len(services))]
			switch rnd.IntN(3) {
			case 0:
				w.commit("main", "elsewhere", "README.md", fmt.Sprint(n, "\n"))
			case 1:
				path := "manifests/" + s + "/app.yaml"
				w.commit("main", "by hand", path, fmt.Sprintf("# edit %d\n%s", n, w.file(path, "main")))
			case 2:
				w.tryMerge(branches[rnd.IntN(len(branches))], []string{"merge", "squash", "rebase"}[rnd.IntN(3)])
			}
		}
	})
	return func() { close(done); wg.Wait() }
}

// tryMerge merges a service's open pull request, if there is one and the forge agrees.
func (w *world) tryMerge(service, method string) {
	for _, pr := range w.pulls("open", service) {
		_, _, err := w.client.PullRequests.Merge(w.t.Context(), w.owner, w.name, pr.GetNumber(), "", &github.PullRequestOptions{MergeMethod: method})
		if err == nil {
			w.t.Logf("merged %q of %s by %s", pr.GetTitle(), service, method)
		}
	}
}

// checkNewest wants the newest image of a service on main, or in its only open
// pull request.
func (w *world) checkNewest(service, newest string) {
	w.t.Helper()
	path, open := "manifests/"+service+"/app.yaml", w.pulls("open", service)
	switch merged := strings.Contains(w.file(path, "main"), imageOf(service, newest)); {
	case merged && len(open) == 0:
	case len(open) != 1:
		w.t.Errorf("%s: %d pull requests are open, merged is the newest: %t", service, len(open), merged)
	case merged:
		w.t.Errorf("%s: %q is open, and main names the newest", service, open[0].GetTitle())
	case open[0].GetHead().GetSHA() != w.tip("adze/"+service) || !strings.Contains(w.file(path, "adze/"+service), imageOf(service, newest)):
		w.t.Errorf("%s: the branch does not hold the newest", service)
	case !strings.HasSuffix(open[0].GetTitle(), "→ "+newest[:7]) || !strings.Contains(open[0].GetBody(), newest):
		w.t.Errorf("%s: the pull request says %q", service, open[0].GetTitle())
	}
}
