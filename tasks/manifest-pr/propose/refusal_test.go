// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/internal/step"
)

// fault adds a fault.
func (w *world) fault(f forge.Fault) {
	w.t.Helper()
	if err := w.forge.AddFault(f); err != nil {
		w.t.Fatal(err)
	}
}

// sent counts requests of a method whose path or operation matches.
func (w *world) sent(method, pattern string) int {
	n, what := 0, regexp.MustCompile(pattern)
	for _, r := range w.forge.Requests() {
		if r.Method == method && (what.MatchString(r.Path) || what.MatchString(r.Operation)) {
			n++
		}
	}
	return n
}

func TestFinalRefusalsAreSaidAtOnce(t *testing.T) {
	t.Parallel()
	const rules = `{"message":"Repository rule violations found\n\nCannot create ref due to creations being restricted.\n\n","status":"422"}`
	for name, c := range map[string]struct {
		fault forge.Fault
		says  string
		hint  string
	}{
		"a ruleset": {forge.Fault{Method: "POST", Path: "git/refs$", Status: 422, Answer: rules}, "creations being restricted", "bypass"},
		"a body that is too long": {forge.Fault{Method: "POST", Path: "/pulls$", Status: 422,
			Answer: `{"message":"Validation Failed","errors":[{"resource":"PullRequest","code":"custom","field":"body","message":"body is too long (maximum is 65536 characters)"}]}`},
			"maximum is 65536", ""},
		"a base that is gone": {forge.Fault{Method: "POST", Path: "/pulls$", Status: 422,
			Answer: `{"message":"Validation Failed","errors":[{"resource":"PullRequest","field":"base","code":"invalid"}]}`}, "Field:base", "--base-branch"},
		"a permission that is missing": {forge.Fault{Method: "POST", Path: "git/trees$", Status: 403, Headers: map[string]string{"X-Accepted-GitHub-Permissions": "contents=write"},
			Answer: `{"message":"Resource not accessible by integration"}`}, "not accessible", "contents: write"},
		"a token that was revoked": {forge.Fault{Method: "GET", Kind: "expired-token"}, "Bad credentials", "revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.fault.Count = -1
			w.fault(c.fault)
			_, err := w.repo().Propose(t.Context(), Alone(service("admin", w.source[0])))
			if err == nil || step.CodeOf(err) != step.CodeFailed || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v", err)
			}
			if hints := strings.Join(step.Hints(err), "\n"); !strings.Contains(hints, c.hint) {
				t.Errorf("hints %q, want %q", hints, c.hint)
			}
			if n := w.sent("GET", "/pulls$"); n != 1 {
				t.Errorf("began %d times", n)
			}
			if n := w.sent("POST", c.fault.Path); c.fault.Method == "POST" && n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

// A refusal to make or move a branch that gives no reason is final after a few
// tries, for nobody else moved it.
func TestARefusalWithoutAReason(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]forge.Fault{
		"of a branch to make": {Method: "POST", Path: "git/refs$", Status: 422, Answer: `{"message":"Reference update failed"}`},
		"of a branch to move": {Method: "POST", Path: "graphql$", Body: "updateRefs", Status: http.StatusOK,
			Answer: `{"errors":[{"type":"UNPROCESSABLE","message":"Reference update failed"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if f.Body != "" {
				w.propose(w.source[0], Opened)
			}
			w.forge.ResetRequests()
			f.Count = -1
			w.fault(f)
			_, err := w.repo().Propose(t.Context(), Alone(service("admin", w.source[1])))
			if err == nil || step.CodeOf(err) != step.CodeFailed {
				t.Fatalf("got %v", err)
			}
			if hints := strings.Join(step.Hints(err), "\n"); !strings.Contains(hints, "ruleset") || !strings.Contains(hints, "adze/") {
				t.Errorf("hints %q", hints)
			}
			if n := w.sent("GET", "/pulls$"); n != 1 {
				t.Errorf("began %d times", n)
			}
			want := freshTries
			if f.Body != "" {
				want += 2 // the repository's id, and the merge queue
			}
			if n := w.sent("POST", f.Path); n != want {
				t.Errorf("asked %d times: %v", n, w.forge.CountRequests())
			}
		})
	}
}

// What a copy of the data does not see yet is asked for again, without beginning anew.
func TestALaggingCopy(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]forge.Fault{
		"of a tree":   {Method: "POST", Path: "git/commits$", Status: 422, Count: 2, Answer: `{"message":"Tree SHA does not exist"}`},
		"of a commit": {Method: "POST", Path: "git/refs$", Kind: "ref-missing", Count: 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.fault(f)
			w.propose(w.source[0], Opened)
			if n := w.sent("POST", "git/trees$"); n != 1 {
				t.Errorf("began %d times", n)
			}
		})
	}
}

// A forge that stays silent is no answer, whichever way it is silent.
func TestASilentForgeIsNoAnswer(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]forge.Fault{
		"a gateway": {Kind: "bad-gateway"}, "cut connections": {Kind: "drop"}, "a limit": {Status: 429},
		"its server fails": {Status: http.StatusInternalServerError, Answer: `{"message":"Server Error"}`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			f.Count = -1
			w.fault(f)
			r := w.repo()
			client, err := NewClient(ClientOptions{APIURL: w.url, Timeout: time.Millisecond, Deadline: time.Millisecond, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, TokenFile(w.token))
			if err != nil {
				t.Fatal(err)
			}
			r.Client = client
			if _, err := r.Propose(t.Context(), Alone(service("admin", w.source[0]))); step.CodeOf(err) != step.CodeNoAnswer {
				t.Errorf("code %d, %v", step.CodeOf(err), err)
			}
		})
	}
}

// A server whose GraphQL does not know the mutation is found out once in a run.
func TestAServerThatCannotSwapBranches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"admin", "user"} {
		if _, err := w.repo().Propose(t.Context(), Alone(service(name, w.source[0]))); err != nil {
			t.Fatal(err)
		}
	}
	w.fault(forge.Fault{Path: "graphql$", Body: "updateRefs", Count: -1, Status: http.StatusOK,
		Answer: `{"errors":[{"path":["mutation","updateRefs"],"extensions":{"code":"undefinedField","typeName":"Mutation","fieldName":"updateRefs"},"message":"Field 'updateRefs' doesn't exist on type 'Mutation'"}]}`})
	r := w.repo()
	w.forge.ResetRequests()
	for _, name := range []string{"admin", "user"} {
		if out, err := r.Propose(t.Context(), Alone(service(name, w.source[1]))); err != nil || out.Kind != Updated {
			t.Fatalf("%s: got %+v, %v", name, out, err)
		}
	}
	if n := w.sent("POST", "graphql$"); n != 3 {
		t.Errorf("GraphQL was asked %d times, not for the id, the merge queue and one mutation: %v", n, w.forge.CountRequests())
	}
	w.expect("admin", w.source[1])
	w.expect("user", w.source[1])
}

// The answer to a write is lost after the write was done: it is seen that it was.
func TestALostAnswerOfAMove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, f := range []forge.Fault{
		{Method: "POST", Path: "git/refs$", Kind: "bad-gateway", After: true},
		{Path: "graphql$", Body: "updateRefs", Kind: "drop", After: true},
	} {
		w.forge.ResetRequests()
		w.fault(f)
		w.propose(w.source[i], []Kind{Opened, Updated}[i])
		if n := w.sent("POST", "git/commits$"); n != 1 {
			t.Errorf("%d commits were made", n)
		}
	}
}
