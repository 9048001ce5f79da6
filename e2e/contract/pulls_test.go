// SPDX-License-Identifier: Apache-2.0

//go:build contract

package contract

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
)

// open pushes a branch and makes a pull request of it, and returns its path.
func (c caller) open(branch string, files map[string]string) string {
	c.t.Helper()
	c.forge.Push(c.t, "acme/shop", branch, "on "+branch, files)
	made := c.do("POST", shop+"/pulls", m{"title": branch, "head": branch, "base": "main", "body": "why"}, 201)
	return shop + "/pulls/" + made.id("number")
}

func pulls(_ *testing.T, c caller) {
	one := c.open("adze/pull", map[string]string{"manifests/user/app.yaml": "image: user:2\n"})
	c.do("POST", shop+"/pulls", m{"title": "again", "head": "adze/pull", "base": "main"}, 422)
	c.do("POST", shop+"/pulls", m{"title": "t", "head": "none", "base": "main"}, 422)
	c.do("POST", shop+"/pulls", m{"title": "t", "head": "adze/pull", "base": "none"}, 422)
	c.do("POST", shop+"/pulls", m{"title": "t", "head": "main", "base": "main"}, 422)
	c.do("POST", shop+"/pulls", m{"head": "main", "base": "main"}, 422)
	c.do("GET", one, nil, 200)
	c.do("GET", one, nil, 200, "diff")
	c.do("GET", shop+"/pulls/999", nil, 404)
	c.do("GET", shop+"/pulls?state=all&head=acme:adze/pull&sort=updated&direction=asc", nil, 200)
	c.do("GET", shop+"/pulls?state=odd", nil, 422)
	c.do("GET", one+"/files", nil, 200)
	c.do("GET", one+"/commits", nil, 200)
	c.do("GET", shop+"/commits/"+c.tip("adze/pull")+"/pulls", nil, 200)
	c.do("PATCH", one, m{"title": "new title", "body": "new body"}, 200)
	c.do("PATCH", one, m{"state": "odd"}, 422)
	c.do("PATCH", one, m{"base": "none"}, 422)
	c.do("PATCH", one, m{"state": "closed"}, 200)
	c.do("PATCH", one, m{"state": "open"}, 200)
	reviewers(c, one)
	c.forge.Push(c.t, "acme/shop", "main", "aside", map[string]string{"aside": "1"})
	c.do("PUT", one+"/update-branch", m{"expected_head_sha": nowhere}, 422)
	c.do("PUT", one+"/update-branch", m{}, 202)
	c.do("PUT", one+"/update-branch", m{}, 422)
}

func reviewers(c caller, one string) {
	c.t.Helper()
	if err := c.forge.AddTeam("acme/shop", "platform"); err != nil {
		c.t.Fatal(err)
	}
	at := one + "/requested_reviewers"
	c.do("POST", at, m{"reviewers": []string{"reviewer"}, "team_reviewers": []string{"platform"}}, 201)
	c.do("POST", at, m{"reviewers": []string{"nobody"}}, 422)
	c.do("GET", at, nil, 200)
	c.do("GET", one, nil, 200)
	c.do("DELETE", at, m{"reviewers": []string{"reviewer"}, "team_reviewers": []string{"platform"}}, 200)
}

func merging(t *testing.T, c caller) {
	for _, method := range []string{"merge", "squash", "rebase"} {
		one := c.open("merge/"+method, map[string]string{"merged-" + method: "1\n"})
		c.do("GET", one+"/merge", nil, 404)
		c.do("PUT", one+"/merge", m{"sha": nowhere}, 409)
		c.do("PUT", one+"/merge", m{"merge_method": "odd"}, 422)
		c.do("PUT", one+"/merge", m{"merge_method": method}, 200)
		c.do("PUT", one+"/merge", m{}, 405)
		c.do("GET", one+"/merge", nil, 204)
		c.do("GET", one, nil, 200)
	}
	conflict := c.open("merge/conflict", map[string]string{"README.md": "theirs\n"})
	c.forge.Push(t, "acme/shop", "main", "ours", map[string]string{"README.md": "ours\n"})
	c.do("PUT", conflict+"/merge", m{}, 405)
	c.do("GET", conflict, nil, 200)
	c.do("PUT", conflict+"/merge", m{}, 405)
	autoMerge(t, c)
}

// autoMerge uses the GraphQL API, which has no OpenAPI description; what it does
// shows in the answers and events that have one.
func autoMerge(t *testing.T, c caller) {
	t.Helper()
	one := c.open("merge/auto", map[string]string{"auto": "1\n"})
	if err := c.forge.Protect("acme/shop", "main", "ci"); err != nil {
		t.Fatal(err)
	}
	c.do("GET", shop+"/branches/main", nil, 200)
	pr := c.do("GET", one, nil, 200)
	c.do("PATCH", shop, m{"allow_auto_merge": true, "delete_branch_on_merge": true}, 200)
	for _, mutation := range []string{
		"convertPullRequestToDraft", "markPullRequestReadyForReview", "enablePullRequestAutoMerge", "disablePullRequestAutoMerge", "enablePullRequestAutoMerge",
	} {
		c.graphql(`mutation($id: ID!) { `+mutation+`(input: {pullRequestId: $id}) { pullRequest { number } } }`, m{"id": pr.text("node_id")})
	}
	c.do("GET", one, nil, 200)
	c.do("PUT", one+"/merge", m{}, 405)
	c.do("POST", shop+"/statuses/"+pr.text("head", "sha"), m{"state": "success", "context": "ci"}, 201)
	if merged := c.do("GET", one, nil, 200); merged["merged"] != true {
		t.Errorf("auto-merge did not merge: %v", merged)
	}
	inQueue(t, c)
	if err := c.forge.Protect("acme/shop", "main"); err != nil {
		t.Fatal(err)
	}
}

// inQueue has a queue merge one pull request and drop another, on a branch of its own.
func inQueue(t *testing.T, c caller) {
	t.Helper()
	c.forge.Push(t, "acme/shop", "queued", "a base", map[string]string{"queue": "1\n"})
	for _, err := range []error{c.forge.Protect("acme/shop", "queued", "ci"), c.forge.RequireQueue("acme/shop", "queued", "merge")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, state := range []string{"failure", "success"} {
		c.forge.Push(t, "acme/shop", "queue/"+state, "on queue", map[string]string{"queue-" + state: "1\n"})
		pr := c.do("POST", shop+"/pulls", m{"title": state, "head": "queue/" + state, "base": "queued"}, 201)
		at, base := shop+"/pulls/"+pr.id("number"), c.tip("queued")
		c.do("POST", shop+"/statuses/"+pr.text("head", "sha"), m{"state": "success", "context": "ci"}, 201)
		c.graphql(`mutation($id: ID!) { enqueuePullRequest(input: {pullRequestId: $id}) { clientMutationId } }`, m{"id": pr.text("node_id")})
		c.do("GET", at, nil, 200)
		c.do("PUT", at+"/merge", m{}, 405)
		group := c.tip("gh-readonly-queue/queued/pr-" + pr.id("number") + "-" + base)
		c.do("POST", shop+"/statuses/"+group, m{"state": state, "context": "ci"}, 201)
		if now := c.do("GET", at, nil, 200); now["merged"] != (state == "success") {
			t.Errorf("after %s in the queue: merged %v", state, now["merged"])
		}
	}
}

func (c caller) graphql(query string, variables m) {
	c.t.Helper()
	data, err := json.Marshal(m{"query": query, "variables": variables})
	if err != nil {
		c.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.forge.URL+"/api/graphql", bytes.NewReader(data))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // nothing is left to do
	var out struct {
		Errors []any `json:"errors"`
	}
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || len(out.Errors) > 0 {
		c.t.Errorf("%s: %v %v", query, err, out.Errors)
	}
}
