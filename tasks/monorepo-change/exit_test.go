// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/step"
)

// Each exit code comes where the README says, and except for 0 and 3 no result
// is written.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	newRepo(t, filepath.Join(root, "r"), twoServices())
	for name, config := range map[string]string{"wrong": "services: {discovr: []}\n", "empty": "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\n"} {
		var s stream
		s.commit(tree{"adze.yaml": {regular, config}})
		newRepo(t, filepath.Join(root, name), s.String())
	}
	tp := newTape(t, serve(t, root))
	gone := strings.Repeat("12", 20)
	broken := func(n int, w http.ResponseWriter, _ *httptest.ResponseRecorder) bool {
		if n > 2 {
			w.WriteHeader(http.StatusInternalServerError)
		}
		return n > 2
	}
	for name, c := range map[string]struct {
		repo  string
		args  []string
		spoil func(int, http.ResponseWriter, *httptest.ResponseRecorder) bool
		want  step.Code
	}{
		"affected":                  {"r", []string{"--revision=c2", "--base=c1", "--exit-code"}, nil, step.CodeDone},
		"nothing is affected":       {"r", []string{"--revision=c2", "--base=c2"}, nil, step.CodeDone},
		"all, for the base is gone": {"r", []string{"--revision=c2", "--before=" + gone, "--exit-code"}, nil, step.CodeDone},
		"the server failed":         {"r", []string{"--revision=c2", "--base=c1"}, broken, step.CodeFailed},
		"too many are affected":     {"r", []string{"--revision=c2", "--before=" + gone, "--max-affected=1"}, nil, step.CodeFailed},
		"a flag is wrong":           {"r", []string{"--revision=c2", "--before=c1"}, nil, step.CodeMisused},
		"the file is wrong":         {"wrong", []string{"--revision=c1", "--base=c1"}, nil, step.CodeMisused},
		"there is no service":       {"empty", []string{"--revision=c1", "--base=c1"}, nil, step.CodeMisused},
		"no such service":           {"r", []string{"--revision=c2", "--base=c1", "--service=x"}, nil, step.CodeMisused},
		"nothing, and it was asked": {"r", []string{"--revision=c2", "--base=c2", "--exit-code"}, nil, step.CodeNo},
		"that service is not":       {"r", []string{"--revision=c2", "--base=c1", "--service=b", "--exit-code"}, nil, step.CodeNo},
		"the revision is gone":      {"r", []string{"--revision=" + gone, "--base=c1"}, nil, step.CodeNoAnswer},
		"no such branch":            {"r", []string{"--revision=nothing", "--base=c1"}, nil, step.CodeNoAnswer},
	} {
		file := filepath.Join(t.TempDir(), "any")
		tp.with(c.spoil, func() {
			_, log, code := answer(t, append(c.args, "--url="+tp.URL+"/"+c.repo, "--result-any="+file, "--result-affected="+file+"-affected")...)
			if code != c.want {
				t.Errorf("%s: exit code %d, want %d: %s", name, code, c.want, log)
			}
		})
		_, err := os.Stat(file)
		if written := !errors.Is(err, fs.ErrNotExist); written != (c.want == step.CodeDone || c.want == step.CodeNo) {
			t.Errorf("%s: a result was written: %v", name, written)
		}
	}
}
