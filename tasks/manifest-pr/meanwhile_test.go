// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/adze-ci/adze/e2e/forge/bare"
	"github.com/adze-ci/adze/internal/soak"
)

// meanwhile is what others do while a run for source[1] is under way, and what
// has to be there when it ended.
type meanwhile struct {
	name  string
	do    func(w *world, service string)
	check func(w *world, service string)
}

func meanwhiles() []meanwhile {
	newest := func(commit int) func(*world, string) {
		return func(w *world, service string) { w.checkNewest(service, w.source[commit]) }
	}
	all := []meanwhile{
		{"a newer run", func(w *world, service string) { w.runFor(2, service) }, newest(2)},
		{"an older run", func(w *world, service string) { w.runFor(0, service) }, newest(1)},
		{"the same run", func(w *world, service string) { w.runFor(1, service) }, newest(1)},
		{"a commit on main elsewhere", func(w *world, service string) { w.commit("main", "elsewhere", "README.md", service) }, newest(1)},
		{"a commit on the branch", func(w *world, service string) {
			if w.tip("adze/"+service) != "" {
				w.theirs[service] = w.commit("adze/"+service, "by hand", "notes/"+service, "mine\n")
			}
		}, (*world).checkKept},
	}
	for _, method := range []string{"merge", "squash", "rebase"} {
		all = append(all, meanwhile{"a merge by " + method, func(w *world, service string) { w.tryMerge(service, method) }, newest(1)})
	}
	return all
}

// Others do something between any two requests of a run. What the run does then
// is right for the world as it is when it ends.
func TestSomethingHappensMeanwhile(t *testing.T) {
	for _, found := range []string{"nothing", "an older proposal", "the same proposal"} {
		for _, m := range meanwhiles() {
			t.Run(found+", "+m.name, func(t *testing.T) {
				t.Parallel()
				m.anywhere(t, found)
			})
		}
	}
}

// anywhere lets it happen before each request of a run, each for a service of
// its own. CI tries a few.
func (m meanwhile) anywhere(t *testing.T, found string) {
	const most = 16
	requests := rand.New(rand.NewPCG(uint64(len(found+m.name)), 14)).Perm(most)
	if !soak.Long() {
		requests = requests[:2]
	}
	services := make([]string, most)
	for i := range services {
		services[i] = fmt.Sprintf("service-%02d", i)
	}
	w := newWorld(t, 3, services...)
	for _, at := range requests {
		service := services[at]
		if commit := map[string]int{"an older proposal": 0, "the same proposal": 1}; found != "nothing" {
			w.propose("opened", w.source[commit[found]], service)
		}
		token, file := w.bot()
		once := sync.OnceFunc(func() { m.do(w, service) })
		w.gate.comes(token, turn{at: at + 1, do: once})
		a := w.run(t.Context(), w.words(file, w.source[1], service))
		once() // the run may have had fewer requests
		m.check(w, service)
		if t.Failed() {
			t.Fatalf("so it was when it happened before request %d of %d; exit code %d\n%s\n%s", at+1, w.gate.counted(token).all, a.code, a.log, w.story())
		}
	}
	w.checkHistory(services)
}

// runFor runs for a commit, however it ends.
func (w *world) runFor(commit int, service string) {
	_, file := w.bot()
	w.run(w.t.Context(), w.words(file, w.source[commit], service))
}

// checkKept wants a person's commit on a branch to be there still.
func (w *world) checkKept(service string) {
	w.t.Helper()
	theirs := w.theirs[service]
	if theirs == "" {
		w.checkNewest(service, w.source[1])
		return
	}
	git := bare.Repo{Dir: w.dir()}
	if kept, err := git.IsAncestor(w.t.Context(), theirs, "refs/heads/adze/"+service); err != nil || !kept {
		w.t.Errorf("%s: commit %.7s is lost, %v", service, theirs, err)
	}
	if !strings.Contains(w.file("manifests/"+service+"/app.yaml", "adze/"+service), service) {
		w.t.Errorf("%s: the manifest is lost", service)
	}
}
