// SPDX-License-Identifier: Apache-2.0

package forge_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/e2e/forge/forgetest"
)

func TestHookIsPingedAndRedelivers(t *testing.T) {
	f := forgetest.Start(t)
	f.Repo(t, repoName, map[string]string{"a": "1"})
	ctx, client := t.Context(), f.Client(t, f.AddToken("developer", forge.TokenOptions{}))
	receiver := forgetest.Receive(t, "s3cret")
	h := must(client.Repositories.CreateHook(ctx, "acme", "shop", &github.Hook{Events: []string{"push"},
		Config: &github.HookConfig{URL: &receiver.URL, ContentType: github.String("json"), Secret: github.String("s3cret")}}))(t)
	if h.GetConfig().GetSecret() == "s3cret" {
		t.Error("the secret is shown")
	}
	f.Push(t, repoName, "main", "m", map[string]string{"a": "2"})
	f.Wait()
	sent := must(client.Repositories.ListHookDeliveries(ctx, "acme", "shop", h.GetID(), nil))(t)
	if len(sent) != 2 || sent[0].GetEvent() != "push" || sent[1].GetEvent() != "ping" || sent[0].GetStatusCode() != http.StatusOK {
		t.Fatalf("deliveries %v", sent)
	}
	_, _, err := client.Repositories.RedeliverHookDelivery(ctx, "acme", "shop", h.GetID(), sent[0].GetID())
	var accepted *github.AcceptedError
	if err != nil && !errors.As(err, &accepted) {
		t.Fatal(err)
	}
	f.Wait()
	pushes := receiver.Events("push")
	if len(pushes) != 2 || pushes[0].Delivery != pushes[1].Delivery || string(pushes[0].Body) != string(pushes[1].Body) || !pushes[1].Signed {
		t.Errorf("redelivered %v", pushes)
	}
}

func TestManyTagsMakeNoEvents(t *testing.T) {
	f, token, receiver := start(t, map[string]string{"a": "1"})
	dir := clone(t, f, token)
	push := func(from, to int) {
		args := []string{"push", "--quiet", "origin"}
		for i := from; i < to; i++ {
			args = append(args, fmt.Sprintf("HEAD:refs/tags/v%d", i))
		}
		forgetest.Git(t, dir, args...)
		f.Wait()
	}
	push(0, 3)
	if n := len(receiver.Events("push")); n != 3 {
		t.Errorf("three tags made %d events, want 3", n)
	}
	push(3, 7)
	if n := len(receiver.Events("push")); n != 3 {
		t.Errorf("four more tags made %d events, want none", n-3)
	}
}

func TestFirstPushNamesTheDefaultBranch(t *testing.T) {
	f, token, receiver := start(t, nil)
	dir := t.TempDir()
	forgetest.Git(t, dir, "init", "--quiet", "--initial-branch=trunk")
	write(t, dir, "a", "1")
	forgetest.Git(t, dir, "add", "a")
	forgetest.Git(t, dir, "commit", "--quiet", "--message", "first")
	forgetest.Git(t, dir, "push", "--quiet", f.CloneURL(repoName, token), "HEAD:trunk")
	f.Wait()
	repo := must(f.Client(t, token).Repositories.Get(t.Context(), "acme", "shop"))(t)
	if repo.GetDefaultBranch() != "trunk" {
		t.Errorf("the default branch is %s", repo.GetDefaultBranch())
	}
	events := receiver.Events("push")
	if len(events) != 1 || len(events[0].Payload["commits"].([]any)) != 1 {
		t.Errorf("events %v", events)
	}
}

func TestPrimaryRateLimit(t *testing.T) {
	f, _, _ := start(t, map[string]string{"a": "1"})
	client := f.Client(t, f.AddToken("developer", forge.TokenOptions{Limit: 2}))
	for range 2 {
		must(client.Repositories.Get(t.Context(), "acme", "shop"))(t)
	}
	_, _, err := client.Repositories.Get(t.Context(), "acme", "shop")
	var limited *github.RateLimitError
	if !errors.As(err, &limited) || limited.Rate.Remaining != 0 {
		t.Errorf("the third request: %v", err)
	}
}

func TestFilesOfAComparisonAreCapped(t *testing.T) {
	f, token, _ := start(t, map[string]string{"a": "1"})
	files := map[string]string{}
	for i := range 301 {
		files[fmt.Sprintf("many/%03d", i)] = "x"
	}
	f.Push(t, repoName, "many", "many", files)
	got := must(f.Client(t, token).Repositories.CompareCommits(t.Context(), "acme", "shop", "main", "many", nil))(t)
	if len(got.Files) != 300 {
		t.Errorf("%d files, want GitHub's 300", len(got.Files))
	}
}
