// SPDX-License-Identifier: Apache-2.0

package triggers

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/e2e/forge/forgetest"
	"github.com/adze-ci/adze/internal/step"
	manifestpr "github.com/adze-ci/adze/tasks/manifest-pr"
)

const repository = "example/monorepo"

// watched is a forge with the monorepo, whose webhooks are collected.
func watched(t *testing.T) (f *forgetest.Forge, token string, hooks *forgetest.Receiver) {
	t.Helper()
	f = forgetest.Start(t)
	f.AddUser("dev", "Dev", "dev@example.com")
	token = f.AddToken("dev", forge.TokenOptions{})
	f.Repo(t, repository, map[string]string{
		"microservices/user/Dockerfile": "FROM scratch\n",
		"manifests/user/app.yaml":       "kind: Pod\nspec:\n  containers:\n    - image: registry.example/user:1\n",
	})
	hooks = forgetest.Receive(t, webhookSecret)
	if _, err := f.AddHook(repository, forge.HookOptions{URL: hooks.URL, Secret: webhookSecret, Events: []string{"push"}}); err != nil {
		t.Fatal(err)
	}
	return f, token, hooks
}

// propose makes the pull request as the binary does.
func propose(t *testing.T, f *forgetest.Forge, token string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	code := step.Execute(t.Context(), manifestpr.Command(), []string{
		"--repo=" + repository, "--api-url=" + f.URL + "/api/v3", "--token-file=" + file,
		"--image=user=registry.example/user:" + strings.Repeat("a", 40),
	}, &step.Env{Stdin: strings.NewReader(""), Stdout: &errs, Stderr: &errs})
	if code != step.CodeDone {
		t.Fatalf("manifest-pr ends with %d:\n%s", code, errs.String())
	}
}

// made tells how many runs the deliveries to the watched branch make.
func made(t *testing.T, f *forgetest.Forge, hooks *forgetest.Receiver) int {
	t.Helper()
	f.Wait()
	all, runs, seen := load(t, "*.yaml"), 0, 0
	for _, e := range hooks.Events("push") {
		if e.Payload["ref"] != "refs/heads/main" {
			continue
		}
		seen++
		got := deliver(t, all, delivery{body: e.Body, header: e.Header})
		if got.refused != "" && !strings.HasPrefix(got.refused, "filter: expression ") {
			t.Errorf("refused by %s", got.refused)
		}
		runs += len(got.created)
	}
	if seen == 0 {
		t.Fatal("no push to the watched branch was told")
	}
	return runs
}

// A pull request that manifest-pr makes starts nothing, however it is merged;
// with one commit of a person on its branch it does.
func TestMergingOurPullRequest(t *testing.T) {
	for _, method := range []string{"merge", "squash", "rebase"} {
		for person, want := range map[bool]int{false: 0, true: 1} {
			name := method
			if person {
				name += " with a person's commit"
			}
			t.Run(name, func(t *testing.T) {
				f, token, hooks := watched(t)
				propose(t, f, token)
				if person {
					f.Push(t, repository, "adze/user", "user: fix", map[string]string{"microservices/user/Dockerfile": "FROM scratch\nUSER 1\n"})
				}
				merged, _, err := f.Client(t, token).PullRequests.Merge(t.Context(), "example", "monorepo", 1, "", &github.PullRequestOptions{MergeMethod: method})
				if err != nil || !merged.GetMerged() {
					t.Fatalf("merging: %v, %v", merged, err)
				}
				if got := made(t, f, hooks); got != want {
					t.Errorf("%d runs, want %d", got, want)
				}
			})
		}
	}
}

func TestPushesToTheForge(t *testing.T) {
	commit := func(t *testing.T, dir, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "microservices/user/Dockerfile"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		forgetest.Git(t, dir, "commit", "-qam", "user: "+text)
	}
	for _, tc := range []struct {
		name string
		push func(t *testing.T, dir string)
		want int
	}{
		{"three commits in one push", func(t *testing.T, dir string) {
			commit(t, dir, "one")
			commit(t, dir, "two")
			commit(t, dir, "three")
			forgetest.Git(t, dir, "push", "-q", "origin", "main")
		}, 1},
		{"forced back to an older commit", func(t *testing.T, dir string) {
			commit(t, dir, "one")
			forgetest.Git(t, dir, "push", "-q", "origin", "main")
			forgetest.Git(t, dir, "push", "-qf", "origin", "HEAD~1:main")
		}, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, token, hooks := watched(t)
			dir := t.TempDir()
			forgetest.Git(t, dir, "clone", "-q", f.CloneURL(repository, token), ".")
			tc.push(t, dir)
			if got := made(t, f, hooks); got != tc.want {
				t.Errorf("%d runs, want %d", got, tc.want)
			}
		})
	}
}
