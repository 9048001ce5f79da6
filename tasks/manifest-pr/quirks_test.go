// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"fmt"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/internal/soak"
	"github.com/adze-ci/adze/internal/step"
)

func (w *world) quirks(q forge.Quirks) {
	w.t.Helper()
	if err := w.server.SetQuirks(w.owner+"/"+w.name, q); err != nil {
		w.t.Fatal(err)
	}
}

// A copy answers that does not know yet what was just written.
func TestTheForgeLagsBehind(t *testing.T) {
	lags := []int{1}
	if soak.Long() {
		lags = append(lags, 3, 5)
	}
	for _, lag := range lags {
		for _, s := range scenarios() {
			t.Run(fmt.Sprint(s.name, ", by ", lag), func(t *testing.T) {
				t.Parallel()
				services := []string{"admin", "user"}
				w := s.prepared(t, services...)
				w.quirks(forge.Quirks{Lag: lag})
				a, _ := w.start(t.Context(), s, func(string) {}, services...)
				w.quirks(forge.Quirks{})
				if a.code != step.CodeDone {
					t.Fatalf("exit code %d\n%s", a.code, a.log)
				}
				for _, service := range services {
					s.check(w, service)
				}
			})
		}
	}
}

// A version of the forge without updateRefs takes the way without GraphQL.
func TestTheForgeLacksUpdateRefs(t *testing.T) {
	w := newWorld(t, 3, "admin")
	w.quirks(forge.Quirks{Without: []string{"updateRefs"}})
	w.propose("opened", w.source[0], "admin")
	w.commit("main", "elsewhere", "README.md", "hello\n")
	w.propose("updated", w.source[1], "admin")
	w.checkProposed("admin", w.source[1])
	w.propose("superseded", w.source[0], "admin")
	w.nameOnMain(w.source[2], "admin")
	w.propose("unchanged", w.source[2], "admin")
	w.checkClosed("admin")
}

// A ruleset that forbids the branch is no race: the run says what is wrong
// after few requests, and leaves nothing behind.
func TestARulesetForbids(t *testing.T) {
	w := newWorld(t, 2, "admin")
	w.propose("opened", w.source[0], "admin")
	w.quirks(forge.Quirks{Locked: "^adze/"})
	token, file := w.bot()
	a := w.run(t.Context(), w.words(file, w.source[1], "admin"))
	if a.code != step.CodeFailed || len(a.lines) != 1 || !strings.Contains(a.lines[0].Reason, "Repository rule violations found") {
		t.Errorf("exit code %d, %+v\n%s", a.code, a.lines, a.log)
	}
	if n := w.gate.counted(token).all; n > 25 {
		t.Errorf("%d requests", n)
	}
	w.checkProposed("admin", w.source[0])
}

// A person brings the branch up to date by the forge's button, in either way.
// There is nothing of theirs in it, so that the next commit's run goes on.
func TestAPersonUpdatesTheBranch(t *testing.T) {
	for _, method := range []string{"MERGE", "REBASE"} {
		t.Run(method, func(t *testing.T) {
			w := newWorld(t, 2, "admin")
			w.propose("opened", w.source[0], "admin")
			w.commit("main", "elsewhere", "README.md", "hello\n")
			w.catchUp("admin", method)
			before := w.tip("adze/admin")
			w.propose("unchanged", w.source[0], "admin")
			if now := w.tip("adze/admin"); now != before {
				t.Errorf("the branch went from %.7s to %.7s", before, now)
			}
			w.propose("updated", w.source[1], "admin")
			w.checkProposed("admin", w.source[1])
		})
	}
}

// catchUp presses the button "Update branch" of a service's pull request.
func (w *world) catchUp(service, method string) {
	w.t.Helper()
	for _, pr := range w.pulls("open", service) {
		req, err := w.client.NewRequest("POST", "../graphql", map[string]any{
			"query":     `mutation($input: UpdatePullRequestBranchInput!) { updatePullRequestBranch(input: $input) { clientMutationId } }`,
			"variables": map[string]any{"input": map[string]any{"pullRequestId": pr.GetNodeID(), "updateMethod": method}},
		})
		if err != nil {
			w.t.Fatal(err)
		}
		var out struct{ Errors []any }
		if _, err := w.client.Do(w.t.Context(), req, &out); err != nil || len(out.Errors) > 0 {
			w.t.Fatal(out.Errors, err)
		}
	}
}
