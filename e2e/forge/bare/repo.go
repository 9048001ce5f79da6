// SPDX-License-Identifier: Apache-2.0

// Package bare reads and writes one bare Git repository through git's own
// plumbing commands. Of refs it keeps nothing in memory, so that a push received by git
// itself and a change made through this package see the same state; what git says
// of objects it remembers. It has no locks of its own beyond git's; a caller that decides on
// what it read and then writes passes the old value of each ref to UpdateRefs.
package bare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Zero is the object id that stands for "no object" in ref updates.
const Zero = "0000000000000000000000000000000000000000"

// ErrNotFound says that a ref, an object or a path does not exist.
var ErrNotFound = errors.New("not found")

// Repo is a bare repository in a folder.
type Repo struct {
	// Dir is the repository's folder (the one that holds HEAD and objects).
	Dir string

	memory memory
}

// CommandError is a git command that failed.
type CommandError struct {
	// Args are git's arguments, Stderr what it said, Code its exit status.
	Args   []string
	Stderr string
	Code   int
}

// Error names the command, its exit status and what git said.
func (e *CommandError) Error() string {
	return fmt.Sprintf("running git %s: exit status %d: %s", strings.Join(e.Args, " "), e.Code, strings.TrimSpace(e.Stderr))
}

// Init makes an empty bare repository in dir, whose HEAD names branch, and
// which serves partial clones and single objects by id.
func Init(ctx context.Context, dir, branch string) (*Repo, error) {
	r := &Repo{Dir: dir}
	if !r.ValidRefName(ctx, "refs/heads/"+branch) {
		return nil, fmt.Errorf("making repository %s: %q is no name of a branch", dir, branch)
	}
	for _, folder := range []string{"objects/info", "objects/pack", "refs/heads", "refs/tags"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o750); err != nil {
			return nil, fmt.Errorf("making the folders of repository %s: %w", dir, err)
		}
	}
	for name, text := range map[string]string{"HEAD": "ref: refs/heads/" + branch + "\n", "config": settings} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, fmt.Errorf("configuring repository %s: %w", dir, err)
		}
	}
	return r, nil
}

// settings are those that git init writes, and ours. Git need not wait for the
// disk: repositories here live as long as a test.
// https://git-scm.com/docs/gitrepository-layout
const settings = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
[http]
	receivepack = true
[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
[receive]
	advertisePushOptions = true
	fsckObjects = true
	hideRefs = refs/pull
	autogc = false
	denyDeleteCurrent = refuse
[gc]
	auto = 0
[core]
	logAllRefUpdates = false
	fsync = none
`

// Environ is the environment in which git runs here: the machine's and the
// user's own settings are out of reach.
func Environ() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "LC_ALL=C",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0",
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
	}
}

func (r *Repo) git(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	return r.gitEnv(ctx, nil, stdin, args...)
}

func (r *Repo) gitEnv(ctx context.Context, env []string, stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Env = append(append(Environ(), "GIT_DIR="+r.Dir), env...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return stdout.Bytes(), &CommandError{Args: args, Stderr: stderr.String(), Code: exit.ExitCode()}
		}
		return nil, fmt.Errorf("running git %s: %w", args[0], err)
	}
	return stdout.Bytes(), nil
}

func exitCode(err error) int {
	var e *CommandError
	if errors.As(err, &e) {
		return e.Code
	}
	return -1
}

func lines(out []byte) []string {
	text := strings.TrimRight(string(out), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
