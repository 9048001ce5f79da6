// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/internal/run"
)

// push is what is asked about: two commits of a repository.
type push struct {
	before, after string
	// changed is how many files differ, as git says.
	changed int
}

// gitEnv keeps the machine's settings out. The buffer holds any request whole,
// for CGI takes none in chunks.
var gitEnv = []string{
	"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_COUNT=2",
	"GIT_CONFIG_KEY_0=http.postBuffer", "GIT_CONFIG_VALUE_0=268435456", "GIT_CONFIG_KEY_1=advice.detachedHead", "GIT_CONFIG_VALUE_1=false",
}

func git(ctx context.Context, dir string, stdin io.Reader, args ...string) (string, error) {
	out, err := run.Command{Path: "git", Args: args, Dir: dir, Stdin: stdin, Env: append(os.Environ(), gitEnv...)}.Output(ctx)
	return strings.TrimSpace(string(out)), err
}

// repository makes a recipe's repository, or takes the one that was kept.
func (b *bench) repository(ctx context.Context, r recipe) (dir string, err error) {
	cache, err := kept()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(cache, r.key())
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	part := dir + ".part"
	if err := os.RemoveAll(part); err != nil {
		return "", err
	}
	err = progress.Do(b.progress, fmt.Sprintf("making a repository of %d files", r.Files), func() error { return makeRepository(ctx, part, r) })
	if err != nil {
		return "", err
	}
	return dir, os.Rename(part, dir)
}

// makeRepository packs what the recipe writes as a forge does.
func makeRepository(ctx context.Context, dir string, r recipe) error {
	if _, err := git(ctx, "", nil, "init", "-q", "--bare", "-b", "main", dir); err != nil {
		return err
	}
	for _, setting := range []string{"uploadpack.allowFilter true", "uploadpack.allowAnySHA1InWant true", "pack.writeReverseIndex true", "repack.writeBitmaps true", "gc.auto 0"} {
		key, value, _ := strings.Cut(setting, " ")
		if _, err := git(ctx, dir, nil, "config", key, value); err != nil {
			return err
		}
	}
	pr, pw := io.Pipe()
	go func() { pw.CloseWithError(r.write(pw)) }()
	_, err := git(ctx, dir, pr, "fast-import", "--quiet")
	if err := errors.Join(err, pr.Close()); err != nil {
		return err
	}
	if _, err := git(ctx, dir, nil, "repack", "-q", "-a", "-d"); err != nil {
		return err
	}
	_, err = git(ctx, dir, nil, "commit-graph", "write", "--reachable")
	return err
}

// pushOf finds the push at the end of a repository's history.
func pushOf(ctx context.Context, dir string, r recipe) (p push, err error) {
	if p.after, err = git(ctx, dir, nil, "rev-parse", "main"); err != nil {
		return p, err
	}
	if p.before, err = git(ctx, dir, nil, "rev-parse", fmt.Sprintf("main~%d", r.Push)); err != nil {
		return p, err
	}
	diff, err := git(ctx, dir, nil, "diff", "--no-renames", "--name-only", p.before, p.after)
	p.changed = strings.Count(diff, "\n") + 1
	return p, err
}
