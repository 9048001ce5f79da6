// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/soak"
	"github.com/adze-ci/adze/internal/step"
)

// twoServices is a repository where the push from main~1 to main affects a and
// leaves b alone.
func twoServices() string {
	t := tree{
		"adze.yaml":    {regular, "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\nservices: {discover: ['ms/*']}\n"},
		"lib/go.mod":   {regular, "module lib\n"},
		"ms/a/sub/x":   {regular, "1"},
		"ms/a/go.mod":  {regular, "module a\nreplace lib => ../../lib\n"},
		"ms/b/sub/x":   {regular, "1"},
		"ms/b/go.mod":  {regular, "module b\n"},
		"ms/b/README":  {regular, strings.Repeat("no change\n", 50)},
		"other/file":   {executable, "1"},
		"other/link":   {link, "file"},
		"other/module": {submodule, strings.Repeat("12", 20)},
	}
	for _, name := range []string{"a", "b"} {
		t.put("ms/"+name+"/Dockerfile", entry{regular, "FROM scratch\nCOPY sub /" + name + "\n"})
	}
	var s stream
	s.commit(t)
	t.put("ms/a/sub/x", entry{regular, "2"})
	s.commit(t, 1)
	s.WriteString("reset refs/heads/main\nfrom :2\n\n")
	return s.String()
}

// verdicts counts what became of the question under faults.
type verdicts map[string]int

// ask asks about twoServices. Right, all with the reason, or no answer at all
// and an exit code that says so: nothing else may come out.
func (v verdicts) ask(t *testing.T, fault string, args ...string) {
	t.Helper()
	rep, log, code := answer(t, args...)
	switch {
	case code != step.CodeDone && code != step.CodeNo && log != "":
		v["none"]++
	case code == step.CodeDone && rep.All && rep.Any && slices.Equal(rep.names(), []string{"a", "b"}) && rep.Reason != "":
		v["all"]++
	case code == step.CodeDone && !rep.All && rep.Any && slices.Equal(rep.names(), []string{"a"}) && len(rep.Removed) == 0:
		v["right"]++
	default:
		t.Errorf("%s: %+v, code %d, %s", fault, rep, code, log)
	}
}

func (v verdicts) want(t *testing.T, kinds ...string) {
	t.Helper()
	t.Logf("%v", v)
	for _, kind := range kinds {
		if v[kind] == 0 {
			t.Errorf("no fault ended with %q: %v", kind, v)
		}
	}
}

// taped is twoServices behind a tape, the flags to ask about it, and how many
// questions that takes.
func taped(t *testing.T) (tp *tape, args []string, questions int) {
	t.Helper()
	root := t.TempDir()
	newRepo(t, filepath.Join(root, "r"), twoServices())
	tp = newTape(t, serve(t, root))
	args = []string{"--url=" + tp.URL + "/r", "--revision=main", "--base=main~1"}
	v := verdicts{}
	questions = tp.with(nil, func() { v.ask(t, "no fault", args...) })
	v.want(t, "right")
	return tp, args, questions
}

// The server is gone from one request on, in ways that no waiting mends.
func TestAServerThatIsGoneNeverMakesAnEmptyAnswer(t *testing.T) {
	t.Parallel()
	tp, args, questions := taped(t)
	v := verdicts{}
	for _, code := range []int{http.StatusNotImplemented, http.StatusNotFound, http.StatusForbidden, http.StatusOK, http.StatusNoContent} {
		for from := range questions + 1 {
			tp.with(func(n int, w http.ResponseWriter, _ *httptest.ResponseRecorder) bool {
				if n >= from {
					w.WriteHeader(code)
				}
				return n >= from
			}, func() { v.ask(t, fmt.Sprintf("%d from request %d on", code, from), args...) })
		}
	}
	v.want(t, "right", "all", "none")
}

// Each answer breaks off, or ends early as if that were all of it; or one of
// its bits turns over.
func TestABrokenAnswerNeverMakesAnEmptyOne(t *testing.T) {
	t.Parallel()
	tp, args, questions := taped(t)
	faults := map[string]func(w http.ResponseWriter, a *httptest.ResponseRecorder, at int){
		"broken off": func(w http.ResponseWriter, a *httptest.ResponseRecorder, at int) {
			play(w, a, a.Body.Bytes()[:at], a.Body.Len())
		},
		"cut short": func(w http.ResponseWriter, a *httptest.ResponseRecorder, at int) {
			play(w, a, a.Body.Bytes()[:at], at)
		},
		"with a bit turned over": func(w http.ResponseWriter, a *httptest.ResponseRecorder, at int) {
			body := bytes.Clone(a.Body.Bytes())
			body[at] ^= 1 << (at % 8)
			play(w, a, body, len(body))
		},
	}
	stride := 23
	if soak.Long() {
		stride = 1
	}
	for name, fault := range faults {
		v := verdicts{}
		for nth := range questions {
			for at, more := nth%stride, true; more; at += stride {
				tp.with(func(n int, w http.ResponseWriter, a *httptest.ResponseRecorder) bool {
					if more = more && (n != nth || at < a.Body.Len()); n == nth && more {
						fault(w, a, at)
					}
					return n == nth && more
				}, func() { v.ask(t, fmt.Sprintf("answer %d %s at byte %d", nth, name, at), args...) })
			}
		}
		v.want(t, "right", "all", "none")
	}
}

// A server that promises filters may heed none, or leave out more than it should.
func TestAServerThatFiltersOtherwiseNeverMakesAnEmptyAnswer(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	newRepo(t, filepath.Join(root, "r"), twoServices())
	git := serve(t, root)
	filter := regexp.MustCompile(`[0-9a-f]{4}filter [a-z0-9:]+\n`)
	for name, instead := range map[string]string{"heeds none": "", "leaves all out": "0012filter tree:0\n", "leaves files out": "0015filter blob:none\n"} {
		tp := newTape(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			body = filter.ReplaceAll(body, []byte(instead))
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			git.ServeHTTP(w, r)
		}))
		v := verdicts{}
		for range 3 {
			v.ask(t, name, "--url="+tp.URL+"/r", "--revision=main", "--base=main~1")
		}
		if name == "heeds none" && v["right"] != 3 {
			t.Errorf("the server %s: %v", name, v)
		}
		t.Logf("the server %s: %v", name, v)
	}
}
