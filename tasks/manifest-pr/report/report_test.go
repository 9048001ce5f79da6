// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/adze-ci/adze/internal/step"
)

func file(t *testing.T, name string) []byte {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/runs.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		if f.Name == name {
			return f.Data
		}
	}
	t.Fatalf("no %s", name)
	return nil
}

// apiServer lists the given answers in turn, the last one from then on, to
// whoever shows the token.
func apiServer(t *testing.T, answers ...string) (url, tokenDir string) {
	t.Helper()
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/apis/tekton.dev/v1/namespaces/ci/taskruns" || r.URL.Query().Get("labelSelector") != "tekton.dev/pipelineRun=r" {
			http.NotFound(w, r)
			return
		}
		if r.Header.Get("Authorization") != "Bearer t0ken" || len(answers) == 0 {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		i := min(int(asked.Add(1)), len(answers)) - 1
		_, _ = w.Write(file(t, answers[i]))
	}))
	t.Cleanup(s.Close)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("t0ken\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return s.URL, dir
}

func run(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	args = append([]string{"--pipeline-run=r", "--namespace=ci"}, args...)
	if code := step.Execute(t.Context(), Command(), args, &step.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs}); code != step.CodeDone {
		t.Fatalf("exit code %d:\n%s", code, errs.String())
	}
	return out.String(), errs.String()
}

func TestReport(t *testing.T) {
	for _, tc := range []struct {
		want    string
		answers []string
	}{
		{"done.txt", []string{"done.json"}},
		{"done.txt", []string{"running.json", "done.json"}},
		{"existing.txt", []string{"existing.json"}},
		{"nothing.txt", []string{"nothing.json"}},
		{"failed.txt", []string{"failed.json"}},
		{"forged.txt", []string{"forged.json"}},
	} {
		t.Run(strings.Join(tc.answers, " then "), func(t *testing.T) {
			url, dir := apiServer(t, tc.answers...)
			got, _ := run(t, "--api-server="+url, "--token-dir="+dir)
			if want := string(file(t, tc.want)); got != want {
				t.Errorf("it tells\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// When the pull requests take too long, the report tells what there is.
func TestReportDoesNotWaitForEver(t *testing.T) {
	url, dir := apiServer(t, "running.json")
	got, _ := run(t, "--api-server="+url, "--token-dir="+dir, "--wait=1ns")
	if want := "run r: no service was built\nbecause: user/ changed\n"; got != want {
		t.Errorf("it tells %q, want %q", got, want)
	}
}

func TestReportWithoutRights(t *testing.T) {
	url, dir := apiServer(t)
	for name, args := range map[string][]string{
		"forbidden": {"--api-server=" + url, "--token-dir=" + dir},
		"no token":  {"--api-server=" + url, "--token-dir=" + t.TempDir()},
	} {
		t.Run(name, func(t *testing.T) {
			got, warned := run(t, append(args, "--status=Failed")...)
			if want := "run r: Failed; see: tkn pipelinerun describe r -n ci\n"; got != want {
				t.Errorf("it tells %q, want %q", got, want)
			}
			if !strings.Contains(warned, "cannot be read") {
				t.Errorf("it warns %q", warned)
			}
		})
	}
}

func TestReportAsJSON(t *testing.T) {
	url, dir := apiServer(t, "done.json")
	got, _ := run(t, "--api-server="+url, "--token-dir="+dir, "--output=json")
	var a account
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatal(err)
	}
	if len(a.Services) != 4 || a.Services[3].Proposal != "opened" || a.Services[0].Name != "admin" || len(a.PullRequests) != 1 {
		t.Errorf("the account is %+v", a)
	}
}
