// SPDX-License-Identifier: Apache-2.0

package forge_test

import (
	"net/http"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/e2e/forge/forgetest"
)

// quirky is a forge with a repository, a client for it, and quirks.
func quirky(t *testing.T, q forge.Quirks) (*forgetest.Forge, *github.Client) {
	t.Helper()
	f := forgetest.Start(t)
	f.Repo(t, "acme/shop", map[string]string{"README.md": "# shop\n"})
	f.Push(t, "acme/shop", "topic", "topic", map[string]string{"topic": "1"})
	if err := f.SetQuirks("acme/shop", q); err != nil {
		t.Fatal(err)
	}
	return f, f.Client(t, f.AddToken("bot", forge.TokenOptions{}))
}

func TestWhatWasWrittenIsSeenLate(t *testing.T) {
	f, client := quirky(t, forge.Quirks{Lag: 2})
	before, _, err := client.Git.GetRef(t.Context(), "acme", "shop", "heads/topic")
	if err != nil {
		t.Fatal(err)
	}
	tip := f.Push(t, "acme/shop", "topic", "more", map[string]string{"topic": "2"})
	f.Push(t, "acme/shop", "new", "new", map[string]string{"new": "1"})
	for i := range 3 {
		moved, _, err := client.Git.GetRef(t.Context(), "acme", "shop", "heads/topic")
		if err != nil || (moved.GetObject().GetSHA() == tip) != (i == 2) || i < 2 && moved.GetObject().GetSHA() != before.GetObject().GetSHA() {
			t.Errorf("reading %d of what moved: %v, %v", i, moved, err)
		}
		_, _, err = client.Git.GetRef(t.Context(), "acme", "shop", "heads/new")
		if i < 2 {
			refused(t, "what is new", err, http.StatusNotFound, "Not Found")
		} else if err != nil {
			t.Error(err)
		}
	}
	tree, _, err := client.Git.CreateTree(t.Context(), "acme", "shop", "", []*github.TreeEntry{
		{Path: github.String("a"), Mode: github.String("100644"), Type: github.String("blob"), Content: github.String("a")}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		_, _, err := client.Git.CreateCommit(t.Context(), "acme", "shop", &github.Commit{Message: github.String("a"), Tree: tree}, nil)
		if i < 2 {
			refused(t, "a new tree", err, http.StatusUnprocessableEntity, "Tree SHA does not exist")
		} else if err != nil {
			t.Error(err)
		}
	}
	pull := &github.NewPullRequest{Title: github.String("t"), Head: github.String("topic"), Base: github.String("main")}
	if _, _, err := client.PullRequests.Create(t.Context(), "acme", "shop", pull); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		open, _, err := client.PullRequests.List(t.Context(), "acme", "shop", nil)
		if err != nil || len(open) != map[bool]int{false: 0, true: 1}[i == 2] {
			t.Errorf("list %d has %d, %v", i, len(open), err)
		}
	}
}

func TestARulesetLocksBranches(t *testing.T) {
	f, client := quirky(t, forge.Quirks{Locked: "^topic$|^adze/"})
	tip := f.Push(t, "acme/shop", "other", "other", map[string]string{"other": "1"})
	at := func(branch string) *github.Reference {
		return &github.Reference{Ref: github.String("refs/heads/" + branch), Object: &github.GitObject{SHA: &tip}}
	}
	_, _, err := client.Git.CreateRef(t.Context(), "acme", "shop", at("adze/user"))
	refused(t, "making a branch", err, http.StatusUnprocessableEntity, "Reference update failed")
	_, _, err = client.Git.UpdateRef(t.Context(), "acme", "shop", at("topic"), true)
	refused(t, "moving a branch", err, http.StatusUnprocessableEntity, "Repository rule violations found")
	_, err = client.Git.DeleteRef(t.Context(), "acme", "shop", "heads/topic")
	refused(t, "deleting a branch", err, http.StatusUnprocessableEntity, "Repository rule violations found")
	if _, _, err := client.Git.CreateRef(t.Context(), "acme", "shop", at("free")); err != nil {
		t.Error(err)
	}
}

func TestAnOldVersionLacksAMutation(t *testing.T) {
	f, _ := quirky(t, forge.Quirks{Without: []string{"updateRefs"}})
	r := query(t, f, f.AddToken("bot", forge.TokenOptions{}), `mutation { updateRefs(input: {repositoryId: "x", refUpdates: []}) { clientMutationId } }`, nil)
	wrong(t, "a mutation that is missing", r, "", "Field 'updateRefs' doesn't exist on type 'Mutation'")
}

// A branch catches up with its base by a merge, or by putting its commits on top.
func TestABranchCatchesUp(t *testing.T) {
	f, client := quirky(t, forge.Quirks{})
	pr, _, err := client.PullRequests.Create(t.Context(), "acme", "shop", &github.NewPullRequest{
		Title: github.String("t"), Head: github.String("topic"), Base: github.String("main")})
	if err != nil {
		t.Fatal(err)
	}
	token := f.AddToken("person", forge.TokenOptions{})
	const update = `mutation($id: ID!, $how: PullRequestBranchUpdateMethod) {
  updatePullRequestBranch(input: {pullRequestId: $id, updateMethod: $how}) { pullRequest { headRefOid } } }`
	for _, c := range []struct {
		how            string
		commits, merge int
	}{{"MERGE", 2, 2}, {"REBASE", 1, 1}} {
		base := f.Push(t, "acme/shop", "main", "the base moved", map[string]string{"base": c.how})
		r := query(t, f, token, update, map[string]any{"id": pr.GetNodeID(), "how": c.how})
		if len(r.Errors) > 0 {
			t.Fatal(r.Errors)
		}
		cmp, _, err := client.Repositories.CompareCommits(t.Context(), "acme", "shop", "main", "topic", nil)
		if err != nil || cmp.GetBehindBy() != 0 || len(cmp.Commits) != c.commits || len(cmp.Commits[c.commits-1].Parents) != c.merge {
			t.Errorf("%s onto %.7s: %v, %v", c.how, base, cmp, err)
		}
		wrong(t, "once more", query(t, f, token, update, map[string]any{"id": pr.GetNodeID(), "how": c.how}), "UNPROCESSABLE", "no new commits")
	}
}
