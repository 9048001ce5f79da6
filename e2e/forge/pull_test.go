// SPDX-License-Identifier: Apache-2.0

package forge_test

import (
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge/forgetest"
)

func open(t *testing.T, client *github.Client, head string) *github.PullRequest {
	t.Helper()
	return must(client.PullRequests.Create(t.Context(), "acme", "shop", &github.NewPullRequest{
		Title: github.String("Change " + head), Head: &head, Base: github.String("main"), Body: github.String("why")}))(t)
}

func TestPullRequestLife(t *testing.T) {
	f, token, receiver := start(t, map[string]string{"a": "1\n2\n3\n"})
	ctx, client := t.Context(), f.Client(t, token)
	pulls := client.PullRequests
	create := func(head, base string) error {
		_, _, err := pulls.Create(ctx, "acme", "shop", &github.NewPullRequest{Title: github.String("t"), Head: &head, Base: &base})
		return err
	}
	f.Push(t, repoName, "topic", "on topic", map[string]string{"a": "1\n2\n3\n4\n"})
	refused(t, "no head", create("nowhere", "main"), 422, "head")
	refused(t, "no base", create("topic", "nowhere"), 422, "base")
	refused(t, "no commits", create("main", "main"), 422, "No commits between main and main")
	pr := open(t, client, "topic")
	if pr.Mergeable != nil || pr.GetNumber() != 1 || pr.GetHTMLURL() != f.URL+"/acme/shop/pull/1" {
		t.Errorf("created %v", pr)
	}
	refused(t, "again", create("topic", "main"), 422, "A pull request already exists for acme:topic.")
	f.Push(t, repoName, "topic", "more", map[string]string{"b": "new\n"})
	pr = must(pulls.Get(ctx, "acme", "shop", 1))(t)
	if !pr.GetMergeable() || pr.GetMergeableState() != "clean" || pr.GetCommits() != 2 || pr.GetChangedFiles() != 2 {
		t.Errorf("after a push: %v", pr)
	}
	found := must(pulls.List(ctx, "acme", "shop", &github.PullRequestListOptions{Head: "acme:topic", Base: "main"}))(t)
	if len(found) != 1 {
		t.Errorf("%d found by head", len(found))
	}
	_, _, err := pulls.Merge(ctx, "acme", "shop", 1, "", &github.PullRequestOptions{SHA: strings.Repeat("3", 40)})
	refused(t, "another head", err, 409, "Head branch was modified")
	must(pulls.Merge(ctx, "acme", "shop", 1, "", nil))(t)
	_, _, err = pulls.Merge(ctx, "acme", "shop", 1, "", nil)
	refused(t, "merging again", err, 405, "not mergeable")
	f.Wait()
	var actions []string
	for _, e := range receiver.Events("pull_request") {
		actions = append(actions, e.Payload["action"].(string))
	}
	if got := strings.Join(actions, " "); got != "opened synchronize closed" {
		t.Errorf("actions %s", got)
	}
}

func TestMergeMethods(t *testing.T) {
	for method, want := range map[string]struct {
		parents int
		subject string
		commits int
	}{
		"merge":  {2, "Merge pull request #1 from acme/topic", 3},
		"squash": {1, "Change topic (#1)", 1},
		"rebase": {1, "second", 2},
	} {
		t.Run(method, func(t *testing.T) {
			f, token, receiver := start(t, map[string]string{"a": "1\n2\n3\n4\n5\n6\n7\n"})
			client := f.Client(t, token)
			f.Push(t, repoName, "topic", "first", map[string]string{"a": "0\n2\n3\n4\n5\n6\n7\n"})
			f.Push(t, repoName, "topic", "second", map[string]string{"b": "new"})
			f.Push(t, repoName, "main", "aside", map[string]string{"a": "1\n2\n3\n4\n5\n6\n8\n"})
			open(t, client, "topic")
			done := must(client.PullRequests.Merge(t.Context(), "acme", "shop", 1, "", &github.PullRequestOptions{MergeMethod: method}))(t)
			commit := must(client.Repositories.GetCommit(t.Context(), "acme", "shop", "main", nil))(t)
			subject, _, _ := strings.Cut(commit.GetCommit().GetMessage(), "\n")
			if commit.GetSHA() != done.GetSHA() || len(commit.Parents) != want.parents || subject != want.subject {
				t.Errorf("merged as %s, %d parents, %q", commit.GetSHA(), len(commit.Parents), subject)
			}
			dir := clone(t, f, token)
			if got := forgetest.Git(t, dir, "show", "HEAD:a"); got != "0\n2\n3\n4\n5\n6\n8" {
				t.Errorf("merged content %q", got)
			}
			f.Wait()
			pushes := receiver.Events("push")
			if got := len(pushes[len(pushes)-1].Payload["commits"].([]any)); got != want.commits {
				t.Errorf("%d commits in the push event, want %d", got, want.commits)
			}
		})
	}
}

func TestMergeIsRefused(t *testing.T) {
	f, token, _ := start(t, map[string]string{"a": "1\n"})
	ctx, client := t.Context(), f.Client(t, token)
	f.Push(t, repoName, "topic", "t", map[string]string{"a": "2\n"})
	f.Push(t, repoName, "second", "s", map[string]string{"b": "2\n"})
	open(t, client, "topic")
	open(t, client, "second")
	f.Push(t, repoName, "main", "m", map[string]string{"a": "3\n"})
	_, _, err := client.PullRequests.Merge(ctx, "acme", "shop", 1, "", nil)
	refused(t, "the base moved", err, 405, "Base branch was modified. Review and try the merge again.")
	_, _, err = client.PullRequests.Merge(ctx, "acme", "shop", 1, "", nil)
	refused(t, "a conflict", err, 405, "Pull Request is not mergeable")
	pr := must(client.PullRequests.Get(ctx, "acme", "shop", 1))(t)
	if pr.GetMergeable() || pr.GetMergeableState() != "dirty" {
		t.Errorf("mergeable %v, %s", pr.GetMergeable(), pr.GetMergeableState())
	}
	must(client.PullRequests.Get(ctx, "acme", "shop", 2))(t)
	if err := f.Protect(repoName, "main", "ci"); err != nil {
		t.Fatal(err)
	}
	_, _, err = client.PullRequests.Merge(ctx, "acme", "shop", 2, "", nil)
	refused(t, "a missing check", err, 405, `Required status check "ci" is expected.`)
}

func TestBranchDeletionClosesThePullRequest(t *testing.T) {
	f, token, _ := start(t, map[string]string{"a": "1\n"})
	ctx, client := t.Context(), f.Client(t, token)
	f.Push(t, repoName, "topic", "t", map[string]string{"a": "2\n"})
	open(t, client, "topic")
	if _, err := client.Git.DeleteRef(ctx, "acme", "shop", "heads/topic"); err != nil {
		t.Fatal(err)
	}
	pr := must(client.PullRequests.Get(ctx, "acme", "shop", 1))(t)
	if pr.GetState() != "closed" || pr.GetMerged() {
		t.Errorf("state %s, merged %v", pr.GetState(), pr.GetMerged())
	}
	_, _, err := client.PullRequests.Edit(ctx, "acme", "shop", 1, &github.PullRequest{State: github.String("open")})
	refused(t, "reopening", err, 422, "has been deleted")
}

func TestLabelsReviewersAndComments(t *testing.T) {
	f, token, _ := start(t, map[string]string{"a": "1\n"})
	ctx, client := t.Context(), f.Client(t, token)
	f.AddUser("reviewer", "", "")
	f.Push(t, repoName, "topic", "t", map[string]string{"a": "2\n"})
	open(t, client, "topic")
	labels := must(client.Issues.AddLabelsToIssue(ctx, "acme", "shop", 1, []string{"adze", "gitops"}))(t)
	if len(labels) != 2 {
		t.Errorf("labels %v", labels)
	}
	must(client.PullRequests.RequestReviewers(ctx, "acme", "shop", 1, github.ReviewersRequest{Reviewers: []string{"reviewer"}}))(t)
	_, _, err := client.PullRequests.RequestReviewers(ctx, "acme", "shop", 1, github.ReviewersRequest{Reviewers: []string{"developer"}})
	refused(t, "asking the author", err, 422, "pull request author")
	_, _, err = client.PullRequests.RequestReviewers(ctx, "acme", "shop", 1, github.ReviewersRequest{Reviewers: []string{"nobody"}})
	refused(t, "asking nobody", err, 422, "collaborator")
	must(client.Issues.AddAssignees(ctx, "acme", "shop", 1, []string{"reviewer", "nobody"}))(t)
	must(client.Issues.CreateComment(ctx, "acme", "shop", 1, &github.IssueComment{Body: github.String("superseded")}))(t)
	pr := must(client.PullRequests.Get(ctx, "acme", "shop", 1))(t)
	if len(pr.Labels) != 2 || len(pr.RequestedReviewers) != 1 || len(pr.Assignees) != 1 || pr.GetComments() != 1 {
		t.Errorf("pull request %v", pr)
	}
}
