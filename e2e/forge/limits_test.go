// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// limited is a forge with a clock that the test moves, and a way to ask it.
func limited(t *testing.T, l Limits) (ask func(user, method, path string, body io.Reader) *httptest.ResponseRecorder, wait func(time.Duration)) {
	t.Helper()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f, err := New(Options{Root: t.TempDir(), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.CreateRepo(t.Context(), RepoOptions{Owner: "acme", Name: "app", Files: map[string]string{"a/b/c": "", "d": ""}}); err != nil {
		t.Fatal(err)
	}
	tokens := map[string]string{"bot": f.AddToken("bot", TokenOptions{}), "other": f.AddToken("other", TokenOptions{})}
	f.SetLimits(l)
	ask = func(user, method, path string, body io.Reader) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), method, "/api/v3/repos/acme/app"+path, body)
		if path == "graphql" {
			r = httptest.NewRequestWithContext(t.Context(), method, "/api/graphql", body)
		}
		r.Header.Set("Authorization", "Bearer "+tokens[user])
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		return w
	}
	return ask, func(d time.Duration) { now = now.Add(d) }
}

// refused tells a secondary limit, which does not say when it ends.
func refused(w *httptest.ResponseRecorder) bool {
	return w.Code == http.StatusForbidden && strings.Contains(w.Body.String(), "secondary rate limit") && w.Header().Get("Retry-After") == ""
}

func TestPointsOfAMinute(t *testing.T) {
	ask, wait := limited(t, Limits{Points: 8})
	for i, r := range []struct {
		method, path, body string
		refused            bool
	}{
		{"GET", "", "", false}, // 1
		{"POST", "graphql", `{"query":"query { viewer { login } }"}`, false}, // 2
		{"POST", "/labels", `{"name":"one"}`, false},                         // 7
		{"POST", "graphql", `{"query":"mutation { none { login } }"}`, true}, // would be 12
		{"GET", "", "", false}, // 8
		{"GET", "", "", true},
	} {
		if w := ask("bot", r.method, r.path, strings.NewReader(r.body)); refused(w) != r.refused {
			t.Errorf("request %d: %d %s", i, w.Code, w.Body)
		}
	}
	if w := ask("other", "GET", "", nil); w.Code != http.StatusOK {
		t.Errorf("another's points were used: %d", w.Code)
	}
	wait(time.Minute)
	if w := ask("bot", "GET", "", nil); w.Code != http.StatusOK {
		t.Errorf("a minute later: %d", w.Code)
	}
}

func TestContentsOfAMinuteAndAnHour(t *testing.T) {
	ask, wait := limited(t, Limits{Contents: 2, ContentsHour: 3})
	comment := func(want bool) {
		t.Helper()
		if w := ask("bot", "POST", "/issues/1/comments", strings.NewReader(`{"body":"hello"}`)); refused(w) != want {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	comment(false)
	comment(false)
	comment(true)
	wait(time.Minute)
	comment(false)
	comment(true)
	if w := ask("bot", "POST", "/labels", strings.NewReader(`{"name":"one"}`)); refused(w) {
		t.Error("a label is no content")
	}
	wait(time.Hour)
	comment(false)
}

func TestListsAreCutShort(t *testing.T) {
	ask, _ := limited(t, Limits{TreeEntries: 2})
	for path, want := range map[string]bool{"?recursive=1": true, "": false} {
		if w := ask("bot", "GET", "/git/trees/main"+path, nil); strings.Contains(w.Body.String(), `"truncated":true`) != want {
			t.Errorf("%q: %s", path, w.Body)
		}
	}
}

func TestRequestsAtOnce(t *testing.T) {
	ask, _ := limited(t, Limits{AtOnce: 1})
	body, more := io.Pipe()
	under := make(chan *httptest.ResponseRecorder)
	go func() { under <- ask("bot", "POST", "/labels", body) }()
	if _, err := io.WriteString(more, `{"name":`); err != nil { // returns when the handler reads
		t.Fatal(err)
	}
	if w := ask("bot", "GET", "", nil); !refused(w) {
		t.Errorf("a second request at once: %d", w.Code)
	}
	if _, err := io.WriteString(more, `"one"}`); err != nil {
		t.Fatal(err)
	}
	if err := more.Close(); err != nil {
		t.Fatal(err)
	}
	if w := <-under; w.Code != http.StatusCreated {
		t.Errorf("the first: %d %s", w.Code, w.Body)
	}
	if w := ask("bot", "GET", "", nil); w.Code != http.StatusOK {
		t.Errorf("a request after the other: %d", w.Code)
	}
}
