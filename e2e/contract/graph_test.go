// SPDX-License-Identifier: Apache-2.0

//go:build contract

package contract

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/e2e/forge/forgetest"
)

const pullFields = `fragment pull on PullRequest {
  id fullDatabaseId number title body state url isDraft merged closed headRefName headRefOid baseRefName baseRefOid createdAt updatedAt
  author { __typename login } autoMergeRequest { mergeMethod commitHeadline commitBody enabledBy { __typename login } }
}`

const everything = `query($owner: String!, $name: String!) {
  viewer { id databaseId login name email url }
  rateLimit { limit remaining used cost nodeCount resetAt }
  repository(owner: $owner, name: $name) {
    id databaseId name nameWithOwner url isPrivate autoMergeAllowed deleteBranchOnMerge owner { __typename id login url }
    defaultBranchRef { id name prefix target { __typename oid ... on Commit {
      id url message messageHeadline committedDate parents(first: 2) { totalCount nodes { oid url } }
      signature { __typename isValid state wasSignedByGitHub } } } }
    ref(qualifiedName: "refs/heads/topic") { name }
    none: ref(qualifiedName: "refs/heads/none") { name }
    file: object(expression: "main:a") { __typename id oid ... on Blob { text } }
    pullRequest(number: 1) { ...pull }
    pullRequests(first: 3, states: [OPEN], headRefName: "topic", baseRefName: "main") { totalCount nodes { ...pull } }
  }
} ` + pullFields

// asker asks the GraphQL endpoint and holds request and answer to the schema.
type asker struct {
	t     *testing.T
	forge *forgetest.Forge
	graph *graph
	token string
}

// ask wants an answer without errors, or with one of a type.
func (a asker) ask(query string, variables m, wrong string) map[string]any {
	a.t.Helper()
	o, err := a.graph.operation(query, variables)
	if err != nil {
		a.t.Errorf("GitHub would not take %s: %v", query, err)
		return nil
	}
	var out struct {
		Data   map[string]any `json:"data"`
		Errors []struct {
			Type string `json:"type"`
		} `json:"errors"`
	}
	a.post(m{"query": query, "variables": variables}, &out)
	if err := a.graph.answers(o, out.Data); err != nil {
		a.t.Errorf("%s: %v", query, err)
	}
	got := ""
	if len(out.Errors) > 0 {
		got = out.Errors[0].Type
	}
	if got != wrong {
		a.t.Errorf("%s: errors %v, want %q", query, out.Errors, wrong)
	}
	return out.Data
}

func (a asker) post(body m, out any) {
	a.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		a.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, a.forge.URL+"/api/graphql", bytes.NewReader(data))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // nothing is left to do
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		a.t.Fatal(err)
	}
}

// newAsker has a forge with a pull request from topic to main.
func newAsker(t *testing.T) (a asker, pull string) {
	t.Helper()
	g, err := loadGraph()
	if err != nil {
		t.Fatal(err)
	}
	f := forgetest.Start(t)
	if err := f.CreateRepo(t.Context(), forge.RepoOptions{Owner: "acme", Name: "shop", AllowAutoMerge: true, Files: map[string]string{"a": "1", "gone": "1"}}); err != nil {
		t.Fatal(err)
	}
	a = asker{t: t, forge: f, graph: g, token: f.AddToken("developer", forge.TokenOptions{})}
	f.Push(t, "acme/shop", "topic", "topic", map[string]string{"a": "2"})
	var made struct {
		NodeID string `json:"node_id"`
	}
	client := f.Client(t, a.token)
	req, err := client.NewRequest(http.MethodPost, "repos/acme/shop/pulls", m{"title": "t", "head": "topic", "base": "main"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Do(t.Context(), req, &made); err != nil {
		t.Fatal(err)
	}
	return a, made.NodeID
}

func TestGraphQLKeepsTheContract(t *testing.T) {
	a, pull := newAsker(t)
	all := a.ask(everything, m{"owner": "acme", "name": "shop"}, "")
	a.ask(`query { repository(owner: "acme", name: "none") { id } }`, nil, "NOT_FOUND")
	repo := answer(all).text("repository", "id")
	tip := answer(all).text("repository", "defaultBranchRef", "target", "oid")
	topic := answer(all).text("repository", "pullRequest", "headRefOid")
	for _, id := range []string{repo, pull} {
		a.ask(`query($id: ID!) { node(id: $id) { __typename id ... on Repository { nameWithOwner } ... on PullRequest { number } } }`, m{"id": id}, "")
	}
	commits(a, repo, tip, topic)
	catchUp(a, pull, topic)
	if err := a.forge.Protect("acme/shop", "main", "ci"); err != nil {
		t.Fatal(err)
	}
	const enable = "enablePullRequestAutoMerge"
	for _, mutation := range []struct{ name, actor string }{
		{"convertPullRequestToDraft", ""}, {"markPullRequestReadyForReview", ""}, {enable, "actor { login }"}, {"disablePullRequestAutoMerge", "actor { login }"},
	} {
		a.ask(`mutation($id: ID!) { `+mutation.name+`(input: {pullRequestId: $id, clientMutationId: "x"}) { clientMutationId `+mutation.actor+` pullRequest { ...pull } } } `+pullFields, m{"id": pull}, "")
	}
	a.ask(`mutation($input: EnablePullRequestAutoMergeInput!) { `+enable+`(input: $input) { pullRequest { ...pull } } } `+pullFields, m{"input": m{
		"pullRequestId": pull, "mergeMethod": "SQUASH", "commitHeadline": "h", "commitBody": "b"}}, "")
	if err := a.forge.Protect("acme/shop", "main"); err != nil {
		t.Fatal(err)
	}
	a.ask(`mutation($id: ID!) { `+enable+`(input: {pullRequestId: $id}) { clientMutationId } }`, m{"id": pull}, "UNPROCESSABLE")
}

// catchUp brings a pull request up to date with its base in both ways.
func catchUp(a asker, pull, topic string) {
	a.t.Helper()
	const update = `mutation($input: UpdatePullRequestBranchInput!) { updatePullRequestBranch(input: $input) { clientMutationId pullRequest { ...pull } } } ` + pullFields
	for _, method := range []string{"MERGE", "REBASE"} {
		a.forge.Push(a.t, "acme/shop", "main", "the base moved", map[string]string{"base": method})
		input := m{"input": m{"pullRequestId": pull, "updateMethod": method, "expectedHeadOid": topic}}
		topic = answer(a.ask(update, input, "")).text("updatePullRequestBranch", "pullRequest", "headRefOid")
		a.ask(update, input, "UNPROCESSABLE")
	}
}

// commits checks the mutations that write to git.
func commits(a asker, repo, tip, topic string) {
	a.t.Helper()
	input := func(head string) m {
		return m{"input": m{"branch": m{"repositoryNameWithOwner": "acme/shop", "branchName": "main"}, "message": m{"headline": "h"},
			"expectedHeadOid": head, "fileChanges": m{"additions": []any{m{"path": "b", "contents": "Yg=="}}, "deletions": []any{m{"path": "gone"}}}}}
	}
	const commit = `mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { clientMutationId commit { oid url } ref { name target { oid } } } }`
	made := a.ask(commit, input(tip), "")
	a.ask(commit, input(tip), "STALE_DATA")
	next := answer(made).text("createCommitOnBranch", "commit", "oid")
	const update = `mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }`
	move := func(before string) m {
		return m{"input": m{"repositoryId": repo, "refUpdates": []any{m{"name": "refs/heads/other", "beforeOid": before, "afterOid": next, "force": true}}}}
	}
	a.ask(update, move(zero), "")
	a.ask(update, move(topic), "UNPROCESSABLE")
}

const zero = "0000000000000000000000000000000000000000"
