// SPDX-License-Identifier: Apache-2.0

// Package steptest runs a step's testscripts: each testdata/*.txtar holds the
// files, the commands and what they must answer, and runs the binary's command
// as a process of its own.
//
// Besides testscript's own commands there is `code N PROGRAM ARGS…`, which
// asserts the exact exit code.
package steptest

import (
	"errors"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/adze-ci/adze/internal/step"
)

// Main runs a test binary that also serves as the command's process. Call it
// from TestMain.
func Main(m *testing.M, cmds ...step.Command) {
	programs := map[string]func(){}
	for _, cmd := range cmds {
		programs[cmd.Name] = func() { step.Main(cmd) }
	}
	testscript.Main(m, programs)
}

// Run runs the scripts of a folder. Setup may start servers and set variables
// for each script; nil for none.
func Run(t *testing.T, dir string, setup func(*testscript.Env) error) {
	t.Helper()
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		Setup:               func(env *testscript.Env) error { return prepare(env, setup) },
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"code": code},
	})
}

// prepare gives git an identity and keeps the machine's own settings out.
func prepare(env *testscript.Env, setup func(*testscript.Env) error) error {
	for k, v := range map[string]string{
		"GIT_AUTHOR_NAME": "author", "GIT_AUTHOR_EMAIL": "author@example.com", "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
		"GIT_COMMITTER_NAME": "committer", "GIT_COMMITTER_EMAIL": "committer@example.com", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
		"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": env.WorkDir,
	} {
		env.Setenv(k, v)
	}
	if setup == nil {
		return nil
	}
	return setup(env)
}

// code runs a program and asserts its exit code.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
