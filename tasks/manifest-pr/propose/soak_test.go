// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/internal/soak"
)

// Many runs of two services and three commits, eight at a time in random order,
// while the forge fails now and then, before or after it did what was asked.
func TestManyRunsAndFaults(t *testing.T) {
	t.Parallel()
	soak.Each(t, 2, func(t *testing.T, r *rand.Rand) {
		w := newWorld(t)
		w.spoil(r)
		type job struct{ name, commit string }
		var jobs []job
		for i := range 18 {
			jobs = append(jobs, job{[]string{"admin", "user"}[i%2], w.source[i/2%3]})
		}
		r.Shuffle(len(jobs), func(i, j int) { jobs[i], jobs[j] = jobs[j], jobs[i] })
		queue := make(chan job, len(jobs))
		for _, j := range jobs {
			queue <- j
		}
		close(queue)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for j := range queue {
					if out, err := w.repo().Propose(t.Context(), Alone(service(j.name, j.commit))); err != nil {
						t.Errorf("%s %.7s: %+v %v", j.name, j.commit, out, err)
					}
				}
			})
		}
		wg.Wait()
		w.expect("admin", w.source[2])
		w.expect("user", w.source[2])
	})
}

// spoil makes some requests fail in ways that a client has to get over.
func (w *world) spoil(r *rand.Rand) {
	w.t.Helper()
	refused := `{"message":"Validation Failed"}`
	for _, f := range []forge.Fault{
		{Method: "POST", Path: "/git/refs$", Status: 422, Answer: refused},
		{Method: "POST", Path: "/git/refs$", Kind: "bad-gateway", After: true},
		{Method: "POST", Path: "/pulls$", Status: 422, Answer: refused},
		{Method: "POST", Path: "/pulls$", Kind: "bad-gateway", After: true},
		{Method: "POST", Path: "/graphql$", Body: "updateRefs", Kind: "bad-gateway", After: true},
		{Method: "PATCH", Path: "/pulls/", Kind: "bad-gateway", After: true},
		{Method: "GET", Path: "/compare/", Kind: "unavailable"},
		{Path: "/git/", Kind: "too-many-requests"},
	} {
		f.Skip, f.Count = r.IntN(6), 1+r.IntN(2)
		if err := w.forge.AddFault(f); err != nil {
			w.t.Fatal(err)
		}
	}
}
