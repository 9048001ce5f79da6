// SPDX-License-Identifier: Apache-2.0

package forge_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/e2e/forge/forgetest"
)

// refused wants an answer with a status, whose text has a part.
func refused(t *testing.T, what string, err error, status int, part string) {
	t.Helper()
	var answer *github.ErrorResponse
	if !errors.As(err, &answer) {
		t.Errorf("%s: %v, want a refusal with %d", what, err, status)
		return
	}
	if answer.Response.StatusCode != status || !strings.Contains(answer.Error(), part) {
		t.Errorf("%s: %v, want %d and %q", what, answer, status, part)
	}
}

func must[T any](v T, _ *github.Response, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestRefsAreComparedAndSwapped(t *testing.T) {
	f, token, _ := start(t, map[string]string{"a": "1"})
	ctx, git := t.Context(), f.Client(t, token).Git
	main := must(git.GetRef(ctx, "acme", "shop", "refs/heads/main"))(t)
	sha := main.GetObject().GetSHA()
	ref := func(name, sha string) *github.Reference {
		return &github.Reference{Ref: &name, Object: &github.GitObject{SHA: &sha}}
	}
	must(git.CreateRef(ctx, "acme", "shop", ref("refs/heads/adze/user", sha)))(t)
	_, _, err := git.CreateRef(ctx, "acme", "shop", ref("refs/heads/adze/user", sha))
	refused(t, "creating a ref again", err, 422, "Reference already exists")
	_, _, err = git.CreateRef(ctx, "acme", "shop", ref("refs/heads/x", strings.Repeat("1", 40)))
	refused(t, "creating a ref to nothing", err, 422, "Object does not exist")
	next := f.Push(t, repoName, "adze/user", "next", map[string]string{"a": "2"})
	other := f.Push(t, repoName, "other", "other", map[string]string{"a": "3"})
	_, _, err = git.UpdateRef(ctx, "acme", "shop", ref("heads/adze/user", other), false)
	refused(t, "moving a ref sideways", err, 422, "Update is not a fast forward")
	must(git.UpdateRef(ctx, "acme", "shop", ref("heads/main", next), false))(t)
	must(git.UpdateRef(ctx, "acme", "shop", ref("heads/adze/user", other), true))(t)
	found := must(git.ListMatchingRefs(ctx, "acme", "shop", &github.ReferenceListOptions{Ref: "heads/adze"}))(t)
	if len(found) != 1 || found[0].GetObject().GetSHA() != other {
		t.Errorf("matching refs: %v", found)
	}
	if _, err := git.DeleteRef(ctx, "acme", "shop", "heads/adze/user"); err != nil {
		t.Error(err)
	}
	_, err = git.DeleteRef(ctx, "acme", "shop", "heads/adze/user")
	refused(t, "deleting a ref again", err, 422, "Reference does not exist")
}

func TestCommitThroughTheGitDatabase(t *testing.T) {
	f, token, _ := start(t, map[string]string{"keep/a": "1", "drop/b": "2", "edit": "3"})
	ctx, git := t.Context(), f.Client(t, token).Git
	parent := must(git.GetRef(ctx, "acme", "shop", "heads/main"))(t).GetObject().GetSHA()
	base := must(git.GetCommit(ctx, "acme", "shop", parent))(t)
	blob := must(git.CreateBlob(ctx, "acme", "shop", &github.Blob{Content: github.String("aGk="), Encoding: github.String("base64")}))(t)
	tree := must(git.CreateTree(ctx, "acme", "shop", base.GetTree().GetSHA(), []*github.TreeEntry{
		{Path: github.String("new/c"), Mode: github.String("100755"), Type: github.String("blob"), SHA: blob.SHA},
		{Path: github.String("edit"), Mode: github.String("100644"), Type: github.String("blob"), Content: github.String("inline")},
		{Path: github.String("drop/b"), Mode: github.String("100644"), Type: github.String("blob")}, // no sha: deleted
	}))(t)
	commit := must(git.CreateCommit(ctx, "acme", "shop", &github.Commit{Message: github.String("m"), Tree: tree, Parents: []*github.Commit{{SHA: &parent}}}, nil))(t)
	must(git.UpdateRef(ctx, "acme", "shop", &github.Reference{Ref: github.String("refs/heads/main"), Object: &github.GitObject{SHA: commit.SHA}}, false))(t)
	dir := clone(t, f, token)
	if got := forgetest.Git(t, dir, "ls-files", "--stage"); !strings.Contains(got, "100755") || strings.Contains(got, "drop") || !strings.Contains(got, "keep/a") {
		t.Errorf("the tree has\n%s", got)
	}
	if got := forgetest.Git(t, dir, "show", "HEAD:edit"); got != "inline" {
		t.Errorf("edit is %q", got)
	}
}

func TestContents(t *testing.T) {
	f, token, _ := start(t, map[string]string{"dir/a b.txt": "one", "z": "two"})
	ctx, repos := t.Context(), f.Client(t, token).Repositories
	file, _, _, err := repos.GetContents(ctx, "acme", "shop", "dir/a b.txt", nil)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := file.GetContent(); err != nil || text != "one" {
		t.Errorf("content %q, %v", text, err)
	}
	_, entries, _, err := repos.GetContents(ctx, "acme", "shop", "", nil)
	if err != nil || len(entries) != 2 {
		t.Errorf("root: %v %v", entries, err)
	}
	o := &github.RepositoryContentFileOptions{Message: github.String("edit"), Content: []byte("three"), Branch: github.String("main")}
	_, _, err = repos.UpdateFile(ctx, "acme", "shop", "dir/a b.txt", o)
	refused(t, "updating without a sha", err, 422, `"sha" wasn't supplied`)
	o.SHA = github.String(strings.Repeat("2", 40))
	_, _, err = repos.UpdateFile(ctx, "acme", "shop", "dir/a b.txt", o)
	refused(t, "updating from another sha", err, 409, "does not match")
	o.SHA = file.SHA
	if done, _, err := repos.UpdateFile(ctx, "acme", "shop", "dir/a b.txt", o); err != nil || done.GetSHA() == "" {
		t.Errorf("updating: %v %v", done, err)
	}
	_, _, err = repos.UpdateFile(ctx, "acme", "shop", "dir/a b.txt", o)
	refused(t, "updating again from the old sha", err, 409, "does not match")
	_, _, _, err = repos.GetContents(ctx, "acme", "shop", "nothing", nil)
	refused(t, "reading what is not there", err, 404, "Not Found")
}

func TestCompareAndHistory(t *testing.T) {
	f, token, _ := start(t, map[string]string{"a": "1\n", "b": "2\n"})
	for range 3 {
		f.Push(t, repoName, "topic", "more", map[string]string{"a": "1\n2\n", "c": "new\n"})
	}
	f.Push(t, repoName, "main", "aside", map[string]string{"b": "3\n"})
	ctx, repos := t.Context(), f.Client(t, token).Repositories
	got := must(repos.CompareCommits(ctx, "acme", "shop", "main", "topic", nil))(t)
	if got.GetStatus() != "diverged" || got.GetAheadBy() != 3 || got.GetBehindBy() != 1 || len(got.Commits) != 3 || len(got.Files) != 2 {
		t.Errorf("comparison: %v", got)
	}
	if patch := got.Files[0].GetPatch(); !strings.HasPrefix(patch, "@@ ") || !strings.Contains(patch, "+2") {
		t.Errorf("patch %q", patch)
	}
	_, _, err := repos.CompareCommits(ctx, "acme", "shop", "main", "nowhere", nil)
	refused(t, "comparing with nothing", err, 404, "Not Found")
	commits, answer, err := repos.ListCommits(ctx, "acme", "shop", &github.CommitsListOptions{SHA: "topic", ListOptions: github.ListOptions{PerPage: 3}})
	if err != nil || len(commits) != 3 || answer.NextPage != 2 || answer.LastPage != 2 {
		t.Errorf("commits %d, pages %d %d, %v", len(commits), answer.NextPage, answer.LastPage, err)
	}
}

func TestAppTokens(t *testing.T) {
	f := forgetest.Start(t)
	f.AddOrganization("acme")
	f.Repo(t, repoName, map[string]string{"a": "1"})
	app, err := f.AddApp("adze-bot", "acme", map[string]string{"contents": "write", "pull_requests": "write"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	asApp := f.Client(t, signJWT(t, app, 0, 300))
	in := must(asApp.Apps.FindRepositoryInstallation(ctx, "acme", "shop"))(t)
	if in.GetID() != app.InstallationID {
		t.Errorf("installation %d, want %d", in.GetID(), app.InstallationID)
	}
	minted := must(asApp.Apps.CreateInstallationToken(ctx, in.GetID(), nil))(t)
	client := f.Client(t, minted.GetToken())
	must(client.Repositories.Get(ctx, "acme", "shop"))(t)
	_, _, err = client.Issues.CreateMilestone(ctx, "acme", "shop", &github.Milestone{Title: github.String("m")})
	if err != nil {
		t.Errorf("a milestone with pull_requests: %v", err)
	}
	_, _, err = client.Repositories.CreateStatus(ctx, "acme", "shop", "main", &github.RepoStatus{State: github.String("success")})
	refused(t, "a status without the permission", err, 403, "Resource not accessible by integration")
	_, _, err = f.Client(t, signJWT(t, app, 0, 3600)).Apps.Get(ctx, "")
	refused(t, "a JWT for an hour", err, 401, "too far in the future")
	_, _, err = f.Client(t, signJWT(t, app, -600, -60)).Apps.Get(ctx, "")
	refused(t, "an expired JWT", err, 401, "exp")
	if err := f.ExpireToken(minted.GetToken()); err != nil {
		t.Fatal(err)
	}
	_, _, err = client.Repositories.Get(ctx, "acme", "shop")
	refused(t, "an expired token", err, 401, "Bad credentials")
}

func TestFaultsAndCounts(t *testing.T) {
	f, token, _ := start(t, map[string]string{"a": "1"})
	ctx, client := t.Context(), f.Client(t, token)
	if err := f.AddFault(forge.Fault{Method: "GET", Path: `^/api/v3/repos/acme/shop$`, Kind: "bad-gateway", Skip: 1, Count: 2}); err != nil {
		t.Fatal(err)
	}
	var got []int
	for range 4 {
		_, answer, _ := client.Repositories.Get(ctx, "acme", "shop")
		got = append(got, answer.StatusCode)
	}
	if want := []int{200, 502, 502, 200}; !equal(got, want) {
		t.Errorf("statuses %v, want %v", got, want)
	}
	if n := f.CountRequests()["GET /repos/{owner}/{repo}"]; n != 2 {
		t.Errorf("%d requests were let through, want 2", n)
	}
	if err := f.AddFault(forge.Fault{Path: "/git/refs$", Kind: "bad-gateway", After: true}); err != nil {
		t.Fatal(err)
	}
	main := must(client.Git.GetRef(ctx, "acme", "shop", "heads/main"))(t)
	_, _, err := client.Git.CreateRef(ctx, "acme", "shop", &github.Reference{Ref: github.String("refs/heads/late"), Object: main.Object})
	refused(t, "a lost answer", err, 502, "Server Error")
	must(client.Git.GetRef(ctx, "acme", "shop", "heads/late"))(t)
	if err := f.AddFault(forge.Fault{Path: "/repos", Kind: "drop", Count: -1}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := client.Repositories.Get(ctx, "acme", "shop"); err == nil {
		t.Error("a cut connection gave an answer")
	}
}

func equal(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestNotImplementedIsSaid(t *testing.T) {
	f, token, _ := start(t, nil)
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, f.URL+"/api/v3/repos/acme/shop/actions/runs", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "token "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // nothing is left to do
	if res.StatusCode != http.StatusNotImplemented {
		t.Errorf("status %d, want 501", res.StatusCode)
	}
}
