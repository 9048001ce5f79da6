// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/adze-ci/adze/internal/run"
)

// Git runs git in the developer's clone and returns what it prints.
func (l *Loop) Git(ctx context.Context, args ...string) (string, error) {
	env := append(os.Environ(),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=developer", "GIT_AUTHOR_EMAIL=developer@example.com",
		"GIT_COMMITTER_NAME=developer", "GIT_COMMITTER_EMAIL=developer@example.com")
	out, err := run.Command{Path: "git", Args: args, Dir: l.Dir, Env: env, Secrets: []string{l.token}}.Output(ctx)
	return strings.TrimSpace(string(out)), err
}

// Edit changes files of the clone; empty content deletes one.
func (l *Loop) Edit(files map[string]string) error {
	for name, content := range files {
		path := filepath.Join(l.Dir, name)
		if content == "" {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Commit edits files and commits them; the answer is the commit's id.
func (l *Loop) Commit(ctx context.Context, message string, files map[string]string) (string, error) {
	if err := l.Edit(files); err != nil {
		return "", fmt.Errorf("editing the clone: %w", err)
	}
	for _, args := range [][]string{{"add", "--all"}, {"commit", "--quiet", "--allow-empty", "--message", message}} {
		if _, err := l.Git(ctx, args...); err != nil {
			return "", err
		}
	}
	return l.Git(ctx, "rev-parse", "HEAD")
}

// Push commits files on the watched branch and pushes them.
func (l *Loop) Push(ctx context.Context, message string, files map[string]string) (string, error) {
	if _, err := l.Git(ctx, "pull", "--quiet", "--rebase", "origin", l.Branch); err != nil {
		return "", err
	}
	commit, err := l.Commit(ctx, message, files)
	if err != nil {
		return "", err
	}
	_, err = l.Git(ctx, "push", "--quiet", "origin", "HEAD:refs/heads/"+l.Branch)
	return commit, err
}
