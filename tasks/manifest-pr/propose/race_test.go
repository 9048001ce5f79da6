// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/internal/soak"
)

// Runs of one service race, the newest commit's among them in any place: in the
// end one pull request is open, and it proposes the newest.
func TestRacingRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var wg sync.WaitGroup
	errs := make(chan error, 64)
	for i := range 12 {
		for _, name := range []string{"admin", "user"} {
			wg.Go(func() {
				if _, err := w.repo().Propose(t.Context(), Alone(service(name, w.source[i%3]))); err != nil {
					errs <- fmt.Errorf("%s: %w", name, err)
				}
			})
		}
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	w.expect("admin", w.source[2])
	w.expect("user", w.source[2])
}

// expect wants one open pull request of a service that says and holds one commit.
func (w *world) expect(name, commit string) {
	w.t.Helper()
	var mine []*github.PullRequest
	for _, pr := range w.pulls("open") {
		if pr.GetHead().GetRef() == "adze/"+name {
			mine = append(mine, pr)
		}
	}
	if len(mine) != 1 || !strings.HasSuffix(mine[0].GetTitle(), "→ "+commit[:7]) || !strings.Contains(mine[0].GetBody(), commit) {
		w.t.Fatalf("%s: want one pull request for %.7s, got %s", name, commit, titles(mine))
	}
	if got := w.file("manifests/"+name+"/app.yaml", "adze/"+name); !strings.Contains(got, ":"+commit) {
		w.t.Fatalf("the branch of %s holds:\n%s", name, got)
	}
}

func titles(pulls []*github.PullRequest) string {
	var all []string
	for _, pr := range pulls {
		all = append(all, fmt.Sprintf("#%d %s (at %.7s)", pr.GetNumber(), pr.GetTitle(), pr.GetHead().GetSHA()))
	}
	return strings.Join(all, "; ")
}

// A run starts over as long as others get on: here they move the branch twenty
// times before it does.
func TestARunThatIsOvertakenOften(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		others := 0
		r := &Repository{Log: slog.New(slog.DiscardHandler)}
		out, err := r.insist(t.Context(), Unit{Key: "admin"}, func(context.Context, Unit) (Outcome, error) {
			if others++; others <= 20 {
				return Outcome{}, fmt.Errorf("moving: %w", errMoved)
			}
			return Outcome{Kind: Updated}, nil
		})
		if err != nil || out.Kind != Updated {
			t.Errorf("got %+v, %v", out, err)
		}
		began := 0
		_, err = r.insist(t.Context(), Unit{Key: "admin"}, func(context.Context, Unit) (Outcome, error) {
			began++
			return Outcome{}, errOvertaken
		})
		if began != tries || err == nil {
			t.Errorf("began %d times without a sign of others: %v", began, err)
		}
	})
}

// A run dies between any two requests, before or after the forge did what was
// asked; the next run repairs whatever it left. CI tries every third place.
func TestARunThatDiesIsRepaired(t *testing.T) {
	t.Parallel()
	for i, after := range []bool{false, true} {
		for skip := i; ; skip += crashStep(3) {
			w := newWorld(t)
			w.propose(w.source[0], Opened)
			w.commit("main", "moved", "README.md", "moved\n")
			w.forge.ResetRequests()
			fault := forge.Fault{Path: ".", Skip: skip, Count: -1, Status: 401, Answer: `{"message":"gone"}`, After: after}
			if err := w.forge.AddFault(fault); err != nil {
				t.Fatal(err)
			}
			_, err := w.repo().Propose(t.Context(), Alone(service("admin", w.source[1])))
			w.forge.ClearFaults()
			if err == nil {
				if skip < 10 {
					t.Fatalf("only %d requests", skip)
				}
				break
			}
			if _, err := w.repo().Propose(t.Context(), Alone(service("admin", w.source[1]))); err != nil {
				t.Fatalf("after request %d (%v): %v", skip, after, err)
			}
			w.expect("admin", w.source[1])
		}
	}
}

// crashStep is how far the places lie apart that are tried: all of them in a soak.
func crashStep(inCI int) int {
	if soak.Long() {
		return 1
	}
	return inCI
}

func TestFaultsAreWaitedOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault forge.Fault
	}{
		{"secondary limit", forge.Fault{Method: "POST", Path: "/git/trees", Kind: "secondary-limit"}},
		{"rate limit", forge.Fault{Method: "GET", Path: "/git/", Kind: "rate-limit"}},
		{"bad gateway after the ref was made", forge.Fault{Method: "POST", Path: "/git/refs", Kind: "bad-gateway", After: true}},
		{"bad gateway after the pull request was made", forge.Fault{Method: "POST", Path: "/pulls", Kind: "bad-gateway", After: true}},
		{"a new ref that is not there yet", forge.Fault{Method: "POST", Path: "/pulls", Status: 422, Answer: `{"message":"Validation Failed","errors":[{"field":"head","code":"invalid"}]}`}},
		{"cut connection", forge.Fault{Method: "POST", Path: "/git/commits", Kind: "drop"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := w.forge.AddFault(c.fault); err != nil {
				t.Fatal(err)
			}
			if _, err := w.repo().Propose(t.Context(), Alone(service("admin", w.source[0]))); err != nil {
				t.Fatal(err)
			}
			w.expect("admin", w.source[0])
		})
	}
}

// A run that finds nothing to do cleans up, but not what another run has
// proposed since it looked.
func TestCleaningUpSparesANewerProposal(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]forge.Fault{
		"by GraphQL": {},
		"by REST":    {Path: "/graphql$", Count: -1, Status: 404, Answer: `{"message":"Not Found"}`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if fault.Path != "" {
				if err := w.forge.AddFault(fault); err != nil {
					t.Fatal(err)
				}
			}
			w.propose(w.source[0], Opened)
			r, s := w.repo(), Alone(service("admin", w.source[0]))
			seen, err := r.read(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			w.propose(w.source[1], Updated)
			if err := r.retire(t.Context(), s, seen, "stale"); !errors.Is(err, errOvertaken) {
				t.Errorf("got %v", err)
			}
			w.expect("admin", w.source[1])
		})
	}
}

// Where the forge has no GraphQL, fast-forwards do.
func TestWithoutGraphQL(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"merge", "squash", "rebase"} {
		t.Run(method, func(t *testing.T) {
			w := newWorld(t)
			if err := w.forge.AddFault(forge.Fault{Path: "/graphql$", Count: -1, Status: 404, Answer: `{"message":"Not Found"}`}); err != nil {
				t.Fatal(err)
			}
			w.propose(w.source[0], Opened)
			w.commit("main", "elsewhere", "README.md", "moved on\n")
			w.propose(w.source[1], Updated)
			w.commit("main", "by hand", "manifests/admin/app.yaml", strings.Replace(adminYAML, "replicas: 2", "replicas: 9", 1))
			out := w.propose(w.source[2], Updated)
			w.expect("admin", w.source[2])
			w.merge(out.Number, method)
			if got := w.file("manifests/admin/app.yaml", "main"); !strings.Contains(got, "replicas: 9") || !strings.Contains(got, w.source[2]) {
				t.Errorf("merged:\n%s", got)
			}
			if got := w.file("README.md", "main"); got != "moved on\n" {
				t.Errorf("README.md on main is %q", got)
			}
		})
	}
}
