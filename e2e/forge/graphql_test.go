// SPDX-License-Identifier: Apache-2.0

package forge_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/e2e/forge/forgetest"
)

type reply struct {
	Data   map[string]map[string]any `json:"data"`
	Errors []struct {
		Type    string `json:"type"`
		Message string `json:"message"`
	} `json:"errors"`
}

func query(t *testing.T, f *forgetest.Forge, token, text string, variables any) reply {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": text, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.URL+"/api/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // nothing is left to do
	var out reply
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// wrong wants the one error of a reply to have a type and a part of its message.
func wrong(t *testing.T, what string, r reply, kind, part string) {
	t.Helper()
	if len(r.Errors) != 1 || r.Errors[0].Type != kind || !strings.Contains(r.Errors[0].Message, part) {
		t.Errorf("%s: errors %v, want %s %q", what, r.Errors, kind, part)
	}
}

const commitMutation = `mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid url signature { isValid } } ref { target { oid } } }
}`

func commitInput(branch, expected string, files map[string]string, deleted ...string) map[string]any {
	additions, deletions := []any{}, []any{}
	for path, content := range files {
		additions = append(additions, map[string]string{"path": path, "contents": base64.StdEncoding.EncodeToString([]byte(content))})
	}
	for _, path := range deleted {
		deletions = append(deletions, map[string]string{"path": path})
	}
	return map[string]any{"input": map[string]any{
		"branch":          map[string]string{"repositoryNameWithOwner": repoName, "branchName": branch},
		"message":         map[string]string{"headline": "headline", "body": "body"},
		"fileChanges":     map[string]any{"additions": additions, "deletions": deletions},
		"expectedHeadOid": expected,
	}}
}

func TestCreateCommitOnBranch(t *testing.T) {
	f, token, receiver := start(t, map[string]string{"a": "1", "b": "2"})
	client := f.Client(t, token)
	tip := must(client.Git.GetRef(t.Context(), "acme", "shop", "heads/main"))(t).GetObject().GetSHA()
	got := query(t, f, token, commitMutation, commitInput("main", tip, map[string]string{"a": "new"}, "b"))
	commit, _ := got.Data["createCommitOnBranch"]["commit"].(map[string]any)
	if len(got.Errors) > 0 || commit["oid"] == "" || commit["signature"].(map[string]any)["isValid"] != true {
		t.Fatalf("committing: %v", got)
	}
	made := must(client.Repositories.GetCommit(t.Context(), "acme", "shop", "main", nil))(t)
	if made.GetSHA() != commit["oid"] || made.GetCommit().GetMessage() != "headline\n\nbody" || !made.GetCommit().GetVerification().GetVerified() || len(made.Files) != 2 {
		t.Errorf("the commit is %v", made)
	}
	wrong(t, "an old head", query(t, f, token, commitMutation, commitInput("main", tip, nil)), "STALE_DATA", "Expected branch to point to")
	wrong(t, "no branch", query(t, f, token, commitMutation, commitInput("none", tip, nil)), "NOT_FOUND", "Branch not found")
	wrong(t, "no file", query(t, f, token, commitMutation, commitInput("main", made.GetSHA(), nil, "b")), "FILE_NOT_FOUND", "does not exist")
	wrong(t, "no head", query(t, f, token, commitMutation, map[string]any{"input": map[string]any{"branch": map[string]any{}, "message": map[string]any{}}}), "", "expectedHeadOid")
	reader := f.AddToken("reader", forge.TokenOptions{Permissions: map[string]string{"contents": "read"}})
	wrong(t, "a reader", query(t, f, reader, commitMutation, commitInput("main", made.GetSHA(), nil)), "FORBIDDEN", "not accessible")
	f.Wait()
	if n := len(receiver.Events("push")); n != 1 {
		t.Errorf("%d push events, want 1", n)
	}
	if n := f.CountRequests()["POST /graphql mutation createCommitOnBranch"]; n != 6 {
		t.Errorf("%d mutations counted, want 6", n)
	}
}

func TestUpdateRefs(t *testing.T) {
	f, token, _ := start(t, map[string]string{"a": "1"})
	client := f.Client(t, token)
	one := must(client.Git.GetRef(t.Context(), "acme", "shop", "heads/main"))(t).GetObject().GetSHA()
	two := f.Push(t, repoName, "topic", "two", map[string]string{"a": "2"})
	id := must(client.Repositories.Get(t.Context(), "acme", "shop"))(t).GetNodeID()
	zero := strings.Repeat("0", 40)
	update := func(updates ...map[string]any) reply {
		return query(t, f, token, `mutation($id: ID!, $updates: [RefUpdate!]!) { updateRefs(input: {repositoryId: $id, refUpdates: $updates}) { clientMutationId } }`,
			map[string]any{"id": id, "updates": updates})
	}
	move := func(name, before, after string, force bool) map[string]any {
		return map[string]any{"name": "refs/heads/" + name, "beforeOid": before, "afterOid": after, "force": force}
	}
	if r := update(move("new", zero, one, false), move("topic", two, one, true)); len(r.Errors) > 0 {
		t.Fatalf("two at once: %v", r.Errors)
	}
	wrong(t, "a ref that exists", update(move("new", zero, two, true)), "UNPROCESSABLE", "is not at")
	wrong(t, "one of two", update(move("new", one, two, false), move("topic", two, one, true)), "UNPROCESSABLE", "is not at")
	if sha := must(client.Git.GetRef(t.Context(), "acme", "shop", "heads/new"))(t).GetObject().GetSHA(); sha != one {
		t.Errorf("a refused update moved new to %s", sha)
	}
	if r := update(move("new", one, two, false)); len(r.Errors) > 0 {
		t.Fatalf("forward: %v", r.Errors)
	}
	wrong(t, "backward", update(move("new", two, one, false)), "UNPROCESSABLE", "fast forward")
	if r := update(move("new", two, zero, false)); len(r.Errors) > 0 {
		t.Fatalf("deleting: %v", r.Errors)
	}
	_, _, err := client.Git.GetRef(t.Context(), "acme", "shop", "heads/new")
	refused(t, "a deleted ref", err, 404, "Not Found")
}

func TestAutoMergeWaitsForChecks(t *testing.T) {
	f, token, _ := start(t, map[string]string{"a": "1"})
	ctx, client := t.Context(), f.Client(t, token)
	f.Push(t, repoName, "topic", "t", map[string]string{"a": "2"})
	pr := open(t, client, "topic")
	enable := func() reply {
		return query(t, f, token, `mutation($id: ID!) { enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: SQUASH}) { pullRequest { autoMergeRequest { mergeMethod } } } }`,
			map[string]any{"id": pr.GetNodeID()})
	}
	wrong(t, "not allowed", enable(), "UNPROCESSABLE", "Auto merge is not allowed for this repository")
	must(client.Repositories.Edit(ctx, "acme", "shop", &github.Repository{AllowAutoMerge: github.Bool(true), DeleteBranchOnMerge: github.Bool(true)}))(t)
	wrong(t, "nothing to wait for", enable(), "UNPROCESSABLE", "Pull request is in clean status")
	if err := f.Protect(repoName, "main", "ci"); err != nil {
		t.Fatal(err)
	}
	if r := enable(); len(r.Errors) > 0 {
		t.Fatalf("enabling: %v", r.Errors)
	}
	status := func(state string) {
		must(client.Repositories.CreateStatus(ctx, "acme", "shop", pr.GetHead().GetSHA(), &github.RepoStatus{State: &state, Context: github.String("ci")}))(t)
	}
	status("failure")
	if must(client.PullRequests.Get(ctx, "acme", "shop", 1))(t).GetMerged() {
		t.Error("merged though the check failed")
	}
	status("success")
	if !must(client.PullRequests.Get(ctx, "acme", "shop", 1))(t).GetMerged() {
		t.Error("not merged though the check is green")
	}
	_, _, err := client.Git.GetRef(ctx, "acme", "shop", "heads/topic")
	refused(t, "the merged branch", err, 404, "Not Found")
}

func TestQueries(t *testing.T) {
	f, token, _ := start(t, map[string]string{"dir/a": "content"})
	f.Push(t, repoName, "topic", "t", map[string]string{"a": "2"})
	open(t, f.Client(t, token), "topic")
	got := query(t, f, token, `query($o: String!, $n: String!) {
  viewer { login }
  repository(owner: $o, name: $n) {
    ...names
    file: object(expression: "main:dir/a") { __typename ... on Blob { text } ... on Commit { message } }
    pullRequests(first: 5, states: OPEN, headRefName: "topic") { totalCount nodes { number headRefName } }
  }
}
fragment names on Repository { id defaultBranchRef { name target { oid } } }`, map[string]string{"o": "acme", "n": "shop"})
	if len(got.Errors) > 0 || got.Data["viewer"]["login"] != "developer" {
		t.Fatalf("query: %v", got)
	}
	repo := got.Data["repository"]
	if file, _ := repo["file"].(map[string]any); file["text"] != "content" || file["__typename"] != "Blob" {
		t.Errorf("file %v", repo["file"])
	}
	if pulls, _ := repo["pullRequests"].(map[string]any); pulls["totalCount"] != 1.0 {
		t.Errorf("pull requests %v", repo["pullRequests"])
	}
	wrong(t, "an unknown field", query(t, f, token, `{ viewer { shoeSize } }`, nil), "", "Field 'shoeSize' doesn't exist on type 'User'")
	wrong(t, "an unknown repository", query(t, f, token, `{ repository(owner: "acme", name: "x") { id } }`, nil), "NOT_FOUND", "Could not resolve to a Repository")
}

// TestRacesAreDecided lets many commit to one branch from what they last saw:
// each commit must land on the one before, and none be lost.
func TestRacesAreDecided(t *testing.T) {
	f, token, _ := start(t, map[string]string{"a": "0"})
	client := f.Client(t, token)
	const writers, each = 8, 5
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for done := 0; done < each && !t.Failed(); {
				ref, _, err := client.Git.GetRef(t.Context(), "acme", "shop", "heads/main")
				if err != nil {
					t.Error(err)
					return
				}
				r := query(t, f, token, commitMutation, commitInput("main", ref.GetObject().GetSHA(), map[string]string{"a": "x"}))
				if len(r.Errors) == 0 {
					done++
				} else if r.Errors[0].Type != "STALE_DATA" {
					t.Errorf("unexpected %v", r.Errors)
				}
			}
		})
	}
	all.Wait()
	dir := clone(t, f, token)
	if got := forgetest.Git(t, dir, "rev-list", "--count", "HEAD"); got != "41" {
		t.Errorf("%s commits, want 41", got)
	}
}
