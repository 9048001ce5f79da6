// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/gitx/githttp"
	"github.com/adze-ci/adze/internal/step"
)

// answer runs the command as main does and reads its JSON.
func answer(t *testing.T, args ...string) (rep report, log string, code step.Code) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = step.Execute(context.Background(), Command(), append(args, "--output=json"), &step.Env{Stdout: &stdout, Stderr: &stderr})
	if code == step.CodeDone {
		if err := json.Unmarshal(stdout.Bytes(), &rep); err != nil {
			t.Fatalf("%v in %s", err, stdout.String())
		}
	}
	return rep, stderr.String(), code
}

// gitOutput runs git, the machine's own settings kept out.
func gitOutput(t *testing.T, dir, stdin string, args ...string) string {
	t.Helper()
	out, stderr, err := tryGit(t, dir, stdin, args...)
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, stderr)
	}
	return out
}

func tryGit(t *testing.T, dir, stdin string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// newRepo makes a bare repository of a fast-import stream.
func newRepo(t *testing.T, dir, stream string) {
	t.Helper()
	gitOutput(t, filepath.Dir(dir), "", "init", "-q", "--bare", "-b", "main", dir)
	gitOutput(t, dir, "", "config", "uploadpack.allowFilter", "true")
	gitOutput(t, dir, stream, "fast-import", "--quiet", "--force")
}

// serve serves the repositories of a folder.
func serve(t *testing.T, root string) *githttp.Server {
	t.Helper()
	s, err := githttp.New(t.Context(), root, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}
