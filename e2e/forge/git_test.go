// SPDX-License-Identifier: Apache-2.0

package forge_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/e2e/forge/forgetest"
)

const repoName = "acme/shop"

// start is a forge with one repository, a token for it, and a receiver of its events.
func start(t *testing.T, files map[string]string) (*forgetest.Forge, string, *forgetest.Receiver) {
	t.Helper()
	f := forgetest.Start(t)
	f.AddUser("developer", "Developer", "developer@example.com")
	token := f.AddToken("developer", forge.TokenOptions{})
	f.Repo(t, repoName, files)
	receiver := forgetest.Receive(t, "s3cret")
	if _, err := f.AddHook(repoName, forge.HookOptions{URL: receiver.URL, Secret: "s3cret", Events: []string{"*"}}); err != nil {
		t.Fatal(err)
	}
	return f, token, receiver
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func clone(t *testing.T, f *forgetest.Forge, token string, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "work")
	forgetest.Git(t, t.TempDir(), append(append([]string{"clone", "--quiet"}, args...), f.CloneURL(repoName, token), dir)...)
	return dir
}

func TestPushTellsTheHooksWhatChanged(t *testing.T) {
	f, token, receiver := start(t, map[string]string{"keep.txt": "1", "gone.txt": "2", "edit.txt": "3"})
	dir := clone(t, f, token)
	before := forgetest.Git(t, dir, "rev-parse", "HEAD")
	write(t, dir, "dir/new.txt", "new")
	forgetest.Git(t, dir, "add", "--all")
	forgetest.Git(t, dir, "commit", "--quiet", "--message", "first")
	write(t, dir, "edit.txt", "edited")
	forgetest.Git(t, dir, "rm", "--quiet", "gone.txt")
	forgetest.Git(t, dir, "commit", "--quiet", "--all", "--message", "second")
	forgetest.Git(t, dir, "push", "--quiet", "origin", "HEAD:main")
	f.Wait()
	events := receiver.Events("push")
	if len(events) != 1 {
		t.Fatalf("%d push events, want 1", len(events))
	}
	e := events[0]
	if !e.Signed || e.Delivery == "" {
		t.Errorf("signed %v, delivery %q", e.Signed, e.Delivery)
	}
	p := e.Payload
	after := forgetest.Git(t, dir, "rev-parse", "HEAD")
	for key, want := range map[string]any{"ref": "refs/heads/main", "before": before, "after": after, "created": false, "deleted": false, "forced": false} {
		if p[key] != want {
			t.Errorf("%s is %v, want %v", key, p[key], want)
		}
	}
	commits := p["commits"].([]any)
	if len(commits) != 2 {
		t.Fatalf("%d commits, want 2", len(commits))
	}
	first, second := commits[0].(map[string]any), commits[1].(map[string]any)
	if got := first["added"].([]any); len(got) != 1 || got[0] != "dir/new.txt" {
		t.Errorf("first added %v", got)
	}
	if got := second["removed"].([]any); len(got) != 1 || got[0] != "gone.txt" {
		t.Errorf("second removed %v", got)
	}
	if got := second["modified"].([]any); len(got) != 1 || got[0] != "edit.txt" {
		t.Errorf("second modified %v", got)
	}
	if p["head_commit"].(map[string]any)["id"] != after || second["distinct"] != true {
		t.Errorf("head commit %v, distinct %v", p["head_commit"], second["distinct"])
	}
}

func TestPushOfBranchesTagsAndDeletions(t *testing.T) {
	f, token, receiver := start(t, map[string]string{"a": "1"})
	dir := clone(t, f, token)
	tip := forgetest.Git(t, dir, "rev-parse", "HEAD")
	zero := strings.Repeat("0", 40)
	steps := []struct {
		name string
		args []string
		want map[string]any
		size int
	}{
		{"new branch", []string{"push", "origin", "HEAD:topic"}, map[string]any{"ref": "refs/heads/topic", "before": zero, "after": tip, "created": true, "base_ref": "refs/heads/main"}, 0},
		{"tag", []string{"push", "origin", "HEAD:refs/tags/v1"}, map[string]any{"ref": "refs/tags/v1", "created": true, "base_ref": "refs/heads/main"}, 0},
		{"deletion", []string{"push", "origin", ":topic"}, map[string]any{"ref": "refs/heads/topic", "before": tip, "after": zero, "deleted": true, "head_commit": nil}, 0},
		{"empty force push", []string{"push", "--force", "origin", "HEAD:main"}, nil, 0},
	}
	for i, step := range steps {
		forgetest.Git(t, dir, step.args...)
		f.Wait()
		events := receiver.Events("push")
		if step.want == nil {
			if len(events) != i {
				t.Errorf("%s: %d events, want none more than %d", step.name, len(events), i)
			}
			continue
		}
		if len(events) != i+1 {
			t.Fatalf("%s: %d events, want %d", step.name, len(events), i+1)
		}
		for key, want := range step.want {
			if got := events[i].Payload[key]; got != want {
				t.Errorf("%s: %s is %v, want %v", step.name, key, got, want)
			}
		}
		if got := len(events[i].Payload["commits"].([]any)); got != step.size {
			t.Errorf("%s: %d commits, want %d", step.name, got, step.size)
		}
	}
}

func TestForcePushIsSaid(t *testing.T) {
	f, token, receiver := start(t, map[string]string{"a": "1"})
	dir := clone(t, f, token)
	forgetest.Git(t, dir, "commit", "--quiet", "--amend", "--message", "other")
	if out, err := forgetest.TryGit(t, dir, "push", "origin", "HEAD:main"); err == nil {
		t.Fatalf("a push that is not a fast forward went through: %s", out)
	}
	forgetest.Git(t, dir, "push", "--quiet", "--force", "origin", "HEAD:main")
	f.Wait()
	events := receiver.Events("push")
	if len(events) != 1 || events[0].Payload["forced"] != true || len(events[0].Payload["commits"].([]any)) != 1 {
		t.Errorf("events %v", events)
	}
}

func TestPartialClone(t *testing.T) {
	f, token, _ := start(t, map[string]string{"big/a.txt": "content of a", "b.txt": "content of b"})
	for _, filter := range []string{"blob:none", "tree:0"} {
		dir := clone(t, f, token, "--filter="+filter, "--no-checkout")
		missing := forgetest.Git(t, dir, "rev-list", "--objects", "--missing=print", "HEAD")
		if !strings.Contains(missing, "?") {
			t.Errorf("filter %s: nothing is missing:\n%s", filter, missing)
		}
		if got := forgetest.Git(t, dir, "show", "HEAD:big/a.txt"); got != "content of a" {
			t.Errorf("filter %s: fetched on demand %q", filter, got)
		}
	}
}

func TestGitAuth(t *testing.T) {
	f := forgetest.Start(t)
	if err := f.CreateRepo(t.Context(), forge.RepoOptions{Owner: "acme", Name: "secret", Private: true, Files: map[string]string{"a": "1"}}); err != nil {
		t.Fatal(err)
	}
	writer := f.AddToken("developer", forge.TokenOptions{})
	reader := f.AddToken("reader", forge.TokenOptions{Permissions: map[string]string{"contents": "read"}})
	elsewhere := f.AddToken("other", forge.TokenOptions{Repositories: []string{"acme/other"}})
	dir := t.TempDir()
	for name, c := range map[string]struct {
		token string
		ok    bool
	}{"nobody": {"", false}, "a wrong token": {"nonsense", false}, "another repository's": {elsewhere, false}, "a reader": {reader, true}, "a writer": {writer, true}} {
		if out, err := forgetest.TryGit(t, dir, "ls-remote", f.CloneURL("acme/secret", c.token)); (err == nil) != c.ok {
			t.Errorf("%s: %v %s", name, err, out)
		}
	}
	work := filepath.Join(dir, "work")
	forgetest.Git(t, dir, "clone", "--quiet", f.CloneURL("acme/secret", reader), work)
	if out, err := forgetest.TryGit(t, work, "push", "origin", "HEAD:refs/heads/x"); err == nil || !strings.Contains(out, "403") {
		t.Errorf("a reader pushed: %v %s", err, out)
	}
	forgetest.Git(t, work, "push", "--quiet", f.CloneURL("acme/secret", writer), "HEAD:refs/heads/x")
}

func TestLargePush(t *testing.T) {
	f, token, receiver := start(t, map[string]string{"a": "1"})
	dir := clone(t, f, token)
	var noise strings.Builder
	for i := range 200_000 { // beyond git's post buffer of 1 MiB, so the body is chunked
		noise.WriteString(strings.Repeat(string(rune('!'+(i*7919+i*i)%90)), 1+i%13))
	}
	write(t, dir, "noise", noise.String())
	forgetest.Git(t, dir, "add", "noise")
	forgetest.Git(t, dir, "-c", "core.compression=0", "commit", "--quiet", "--message", "noise")
	forgetest.Git(t, dir, "-c", "core.compression=0", "-c", "pack.compression=0", "push", "--quiet", "origin", "HEAD:main")
	f.Wait()
	if got := len(receiver.Events("push")); got != 1 {
		t.Errorf("%d push events, want 1", got)
	}
}
