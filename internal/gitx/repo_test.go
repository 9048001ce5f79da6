// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/gitx/githttp"
)

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := tryGit(t.Context(), dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func tryGit(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "gc.auto=0", "-c", "commit.gpgSign=false"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=c", "GIT_COMMITTER_EMAIL=c@example.com")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = errors.New("git " + strings.Join(args, " ") + ": " + string(exit.Stderr))
	}
	return strings.TrimSuffix(string(out), "\n"), err
}

func fastImport(t *testing.T, dir, stream string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", "fast-import", "--quiet")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stream)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func write(t *testing.T, dir string, files ...string) {
	t.Helper()
	for i := 0; i+1 < len(files); i += 2 {
		name := filepath.Join(dir, files[i])
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o750), os.WriteFile(name, []byte(files[i+1]), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

func commit(t *testing.T, dir string) ID {
	t.Helper()
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "--allow-empty", "-m", "change")
	return head(t, dir)
}

func head(t *testing.T, dir string) ID {
	t.Helper()
	id, err := ParseID(git(t, dir, "rev-parse", "HEAD"))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// served makes a repository with a branch beside main, and serves it.
func served(t *testing.T, settings ...string) (dir string, s *githttp.Server) {
	t.Helper()
	root := t.TempDir()
	dir = filepath.Join(root, "repo")
	git(t, root, "init", "-q", "-b", "main", dir)
	for _, setting := range append(settings, "uploadpack.allowFilter=true") {
		key, value, _ := strings.Cut(setting, "=")
		git(t, dir, "config", key, value)
	}
	s, err := githttp.New(t.Context(), root, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return dir, s
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func open(t *testing.T, o Options) *Repo {
	t.Helper()
	o.Log = quiet()
	r, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestOnlyTheTreesThatDifferAreFetched(t *testing.T) {
	dir, s := served(t)
	for _, d := range []string{"a", "b", "c"} {
		write(t, dir, d+"/x/y/file", d, d+"/z/file", d, d+"/big", strings.Repeat(d+"0123456789", 10000))
	}
	before := commit(t, dir)
	write(t, dir, "b/x/y/file", "new")
	after := commit(t, dir)

	r := open(t, Options{URL: s.URL + "/repo"})
	cs, err := r.Commits(t.Context(), before, after)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := r.Diff(t.Context(), cs[0].Tree, cs[1].Tree)
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) != 1 || changes[0].Path != "b/x/y/file" {
		t.Errorf("changes %+v", changes)
	}
	// capabilities, commits with their roots, then one request for each of three levels
	if got := s.Requests(); len(got) != 5 {
		t.Errorf("requests %q", got)
	}
	if trees := len(r.store.objects) - r.store.commits - r.store.blobs; trees != 8 || r.store.blobs != 0 {
		t.Errorf("%d trees and %d blobs were fetched, want 8 and 0", trees, r.store.blobs)
	}
	files, err := r.Snapshot(cs[1]).Read(t.Context(), []string{"b/x/y/file", "b/nothing", "a/big"})
	if err != nil || string(files["b/x/y/file"]) != "new" || len(files["a/big"]) != 110000 || len(files) != 2 {
		t.Errorf("files %d, %v", len(files), err)
	}
	if r.store.blobs != 2 {
		t.Errorf("%d blobs were fetched, want 2", r.store.blobs)
	}
}

func TestAServerWithoutFilterGivesTheSameAnswer(t *testing.T) {
	dir, s := served(t, "uploadpack.allowFilter=false")
	git(t, dir, "config", "--replace-all", "uploadpack.allowFilter", "false")
	write(t, dir, "a/x", "1", "b/y", "1")
	before := commit(t, dir)
	write(t, dir, "a/x", "2")
	after := commit(t, dir)
	r := open(t, Options{URL: s.URL + "/repo"})
	cs, err := r.Commits(t.Context(), before, after)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := r.Diff(t.Context(), cs[0].Tree, cs[1].Tree)
	if err != nil || len(changes) != 1 || changes[0].Path != "a/x" {
		t.Errorf("changes %+v, %v", changes, err)
	}
	if r.store.blobs == 0 {
		t.Error("the server did filter, so this shows nothing")
	}
}

func TestAnUnknownCommitIsMissing(t *testing.T) {
	dir, s := served(t)
	write(t, dir, "a", "1")
	commit(t, dir)
	for _, o := range []Options{{URL: s.URL + "/repo"}, {URL: "file://" + dir}, {Source: dir}, {Source: dir, URL: s.URL + "/repo"}} {
		_, err := open(t, o).Resolve(t.Context(), strings.Repeat("12", 20))
		var missing *MissingError
		if !errors.As(err, &missing) {
			t.Errorf("%+v: got %v, want a MissingError", o, err)
		}
	}
}

func TestAnAnswerThatBreaksOffIsAskedForAgain(t *testing.T) {
	dir, s := served(t)
	write(t, dir, "a", "1")
	want := commit(t, dir)
	broken := 0
	s.Break = func(w http.ResponseWriter, r *http.Request) bool {
		if broken++; broken > 2 || r.Method == http.MethodGet {
			return false
		}
		w.Header().Set("Content-Length", "1000")
		if _, err := io.WriteString(w, "0008NAK\n"); err != nil {
			t.Error(err)
		}
		return true
	}
	c, err := open(t, Options{URL: s.URL + "/repo"}).Resolve(t.Context(), "main")
	if err != nil || c.ID != want {
		t.Errorf("got %v, %v", c.ID, err)
	}
}

func TestResolve(t *testing.T) {
	dir, s := served(t)
	write(t, dir, "a", "1")
	first := commit(t, dir)
	git(t, dir, "tag", "-a", "-m", "a tag", "v1")
	write(t, dir, "a", "2")
	second := commit(t, dir)
	git(t, dir, "checkout", "-q", "-b", "topic")
	third := commit(t, dir)
	git(t, dir, "checkout", "-q", "main")
	git(t, dir, "pack-refs", "--all")
	tag := git(t, dir, "rev-parse", "v1")
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, dir, "clone", "-q", "--depth=1", "file://"+dir, clone)
	linked := filepath.Join(t.TempDir(), "linked")
	git(t, dir, "worktree", "add", "-q", linked, "topic")
	for rev, want := range map[string]ID{
		"HEAD": second, "main": second, "refs/heads/topic": third, "topic~2": first, "topic^": second, "topic^~1": first,
		"v1": first, "tags/v1": first, tag: first, first.String(): first,
	} {
		for _, o := range []Options{{URL: s.URL + "/repo"}, {URL: dir}, {Source: clone, URL: s.URL + "/repo"}} {
			c, err := open(t, o).Resolve(t.Context(), rev)
			if err != nil || c.ID != want {
				t.Errorf("%s in %+v: got %v, %v, want %v", rev, o, c.ID, err, want)
			}
		}
	}
	if c, err := open(t, Options{Source: linked}).Resolve(t.Context(), "HEAD"); err != nil || c.ID != third {
		t.Errorf("HEAD of a linked work tree: %v, %v", c.ID, err)
	}
	for _, rev := range []string{"", "nothing", "--upload-pack=x", "main~9"} {
		if _, err := open(t, Options{URL: s.URL + "/repo"}).Resolve(t.Context(), rev); !errors.Is(err, ErrNoRevision) {
			t.Errorf("%q: got %v", rev, err)
		}
	}
}

func TestDefaultBranch(t *testing.T) {
	dir, s := served(t)
	write(t, dir, "a", "1")
	commit(t, dir)
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, dir, "clone", "-q", dir, clone)
	git(t, clone, "checkout", "-q", "-b", "topic")
	for _, o := range []Options{{URL: s.URL + "/repo"}, {Source: clone}, {URL: dir}} {
		if ref, err := open(t, o).Default(t.Context()); err != nil || ref.Name != "refs/heads/main" {
			t.Errorf("%+v: %+v, %v", o, ref, err)
		}
	}
}
