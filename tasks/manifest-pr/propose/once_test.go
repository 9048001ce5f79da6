// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/adze-ci/adze/e2e/forge"
)

// Whether the forge's answer was lost before or after the work was done, there
// is one pull request, and the run that opened it says so.
func TestALostAnswerOfAPullRequest(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"bad-gateway", "drop", "unavailable"} {
		for _, after := range []bool{false, true} {
			w := newWorld(t)
			w.fault(forge.Fault{Method: "POST", Path: "/pulls$", Kind: kind, After: after})
			w.propose(w.source[0], Opened)
			if n := len(w.pulls("all")); n != 1 {
				t.Errorf("%s after the work %v: %d pull requests", kind, after, n)
			}
			w.expect("admin", w.source[0])
		}
	}
}

// The answers to both of two runs of one commit are lost: the one whose request
// did not open the pull request does not say that it did.
func TestTwoLostAnswersOfAPullRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := &meanwhile{next: w.forge, at: regexp.MustCompile("^POST .*/pulls$")}
	late.do = func() {
		w.fault(forge.Fault{Method: "POST", Path: "/pulls$", Kind: "bad-gateway", After: true})
		w.propose(w.source[0], Opened)
		w.fault(forge.Fault{Method: "POST", Path: "/pulls$", Kind: "bad-gateway"})
	}
	server := httptest.NewServer(late)
	t.Cleanup(server.Close)
	w.url = server.URL + "/api/v3"
	w.propose(w.source[0], Unchanged)
	w.expect("admin", w.source[0])
}

// While an older run reads the base, a newer one opens the pull request, and a person
// merges it so that the branch does not show it. It is not opened anew.
func TestOpenedAndMergedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := &meanwhile{next: w.forge, at: regexp.MustCompile("^GET .*/git/trees/"), do: func() {
		w.merge(w.propose(w.source[1], Opened).Number, "squash")
	}}
	server := httptest.NewServer(late)
	t.Cleanup(server.Close)
	w.url = server.URL + "/api/v3"
	w.propose(w.source[0], Superseded)
	if open := w.pulls("open"); len(open) != 0 || !late.done.Load() {
		t.Errorf("open are %s", titles(open))
	}
}

// meanwhile lets something happen before the first request of a kind.
type meanwhile struct {
	next http.Handler
	at   *regexp.Regexp
	done atomic.Bool
	do   func()
}

func (m *meanwhile) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if m.at.MatchString(req.Method+" "+req.URL.Path) && m.done.CompareAndSwap(false, true) {
		m.do()
	}
	m.next.ServeHTTP(w, req)
}

// A comment is written once.
func TestALostAnswerOfAComment(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"bad-gateway", "drop"} {
		for _, after := range []bool{false, true} {
			w := newWorld(t)
			stale := w.propose(w.source[0], Opened)
			w.commit("main", "by hand", "manifests/admin/app.yaml", strings.Replace(adminYAML, ":none", ":"+w.source[1], 1))
			w.fault(forge.Fault{Method: "POST", Path: "/comments$", Kind: kind, After: after})
			w.propose(w.source[1], Unchanged)
			comments, _, err := w.repo().Client.Issues.ListComments(t.Context(), "acme", "monorepo", stale.Number, nil)
			if err != nil || len(comments) != 1 {
				t.Errorf("%s after the work %v: %d comments, %v", kind, after, len(comments), err)
			}
			if open := w.pulls("open"); len(open) != 0 {
				t.Errorf("%d pull requests are open", len(open))
			}
		}
	}
}
