// SPDX-License-Identifier: Apache-2.0

//go:build contract

package contract

import (
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/forge/forgetest"
)

func issues(_ *testing.T, c caller) {
	pull := c.open("adze/issue", map[string]string{"issue": "1"})
	one := strings.Replace(pull, "/pulls/", "/issues/", 1)
	c.do("GET", one, nil, 200)
	c.do("GET", shop+"/issues/999", nil, 404)
	label := c.do("POST", shop+"/labels", m{"name": "gitops", "color": "00ff00", "description": "d"}, 201).text("name")
	c.do("POST", shop+"/labels", m{"name": "gitops"}, 422)
	c.do("POST", shop+"/labels", m{"name": "bad", "color": "no"}, 422)
	c.do("GET", shop+"/labels", nil, 200)
	c.do("GET", shop+"/labels/"+label, nil, 200)
	c.do("GET", shop+"/labels/none", nil, 404)
	c.do("POST", one+"/labels", m{"labels": []string{"gitops", "adze"}}, 200)
	c.do("PUT", one+"/labels", m{"labels": []string{"gitops"}}, 200)
	c.do("GET", one+"/labels", nil, 200)
	c.do("DELETE", one+"/labels/gitops", nil, 200)
	c.do("DELETE", one+"/labels/gitops", nil, 404)
	milestone := c.do("POST", shop+"/milestones", m{"title": "1.0"}, 201)
	c.do("POST", shop+"/milestones", m{"title": "1.0"}, 422)
	c.do("GET", shop+"/milestones?state=all", nil, 200)
	c.do("PATCH", one, m{"milestone": milestone["number"], "labels": []string{"adze"}, "assignees": []string{"reviewer"}}, 200)
	c.do("PATCH", one, m{"milestone": 99}, 422)
	c.do("GET", pull, nil, 200)
	c.do("DELETE", one+"/assignees", m{"assignees": []string{"reviewer"}}, 200)
	c.do("POST", one+"/assignees", m{"assignees": []string{"reviewer", "nobody"}}, 201)
	comments(c, one)
}

func comments(c caller, one string) {
	c.t.Helper()
	made := c.do("POST", one+"/comments", m{"body": "superseded"}, 201)
	c.do("POST", one+"/comments", m{}, 422)
	c.do("GET", one+"/comments", nil, 200)
	at := shop + "/issues/comments/" + made.id("id")
	c.do("GET", at, nil, 200)
	c.do("PATCH", at, m{"body": "edited"}, 200)
	c.do("PATCH", at, m{}, 422)
	c.do("DELETE", at, nil, 204)
	c.do("GET", at, nil, 404)
}

func statuses(t *testing.T, c caller) {
	sha := c.tip("main")
	c.do("POST", shop+"/statuses/"+sha, m{"state": "pending", "context": "build", "description": "d", "target_url": "https://example.com"}, 201)
	c.do("GET", shop+"/commits/main/statuses", nil, 200)
	c.do("GET", shop+"/commits/feature/history/status", nil, 200)
	c.do("GET", shop+"/commits/main/status", nil, 200)
	bot := installation(t, c)
	run := bot.do("POST", shop+"/check-runs", m{"name": "gate", "head_sha": sha, "output": m{"title": "t", "summary": "s"}}, 201)
	at := shop + "/check-runs/" + run.id("id")
	bot.do("PATCH", at, m{"status": "completed", "conclusion": "success"}, 200)
	c.do("PATCH", at, m{"conclusion": "failure"}, 403)
	c.do("GET", at, nil, 200)
	c.do("GET", shop+"/check-runs/1", nil, 404)
	c.do("GET", shop+"/commits/main/check-runs", nil, 200)
}

func repositories(_ *testing.T, c caller) {
	c.do("GET", shop, nil, 200)
	c.do("PATCH", shop, m{"description": "a shop"}, 200)
	c.do("PATCH", shop, m{"default_branch": "none"}, 422)
	c.do("POST", "/user/repos", m{"name": "own", "auto_init": true}, 201)
	c.do("POST", "/user/repos", m{"name": "own"}, 422)
	c.do("POST", "/orgs/acme/repos", m{"name": "second"}, 201)
	c.do("POST", "/orgs/acme/repos", m{"name": "second"}, 422)
	c.as("").do("POST", "/user/repos", m{"name": "own"}, 401)
	c.do("DELETE", "/repos/developer/own", nil, 204)
	c.do("DELETE", "/repos/developer/own", nil, 404)
}

func hooks(_ *testing.T, c caller, events *forgetest.Receiver) {
	made := c.do("POST", shop+"/hooks", m{"config": m{"url": events.URL, "content_type": "json", "secret": "s3cret"}, "events": []string{"*"}}, 201)
	c.do("POST", shop+"/hooks", m{"config": m{}}, 422)
	c.do("POST", shop+"/hooks", m{"config": m{"url": "no"}}, 422)
	one := shop + "/hooks/" + made.id("id")
	c.do("GET", shop+"/hooks", nil, 200)
	c.do("PATCH", one, m{"active": true, "add_events": []string{"push"}, "remove_events": []string{"push"}}, 200)
	c.do("POST", one+"/pings", nil, 204)
	c.forge.Push(c.t, "acme/shop", "main", "told", map[string]string{"told": "1"})
	c.forge.Wait()
	c.do("GET", one, nil, 200)
	c.do("GET", shop+"/hooks/1", nil, 404)
	sent := c.do("GET", one+"/deliveries", nil, 200)
	items, _ := sent["items"].([]any)
	if len(items) == 0 {
		c.t.Fatal("no deliveries")
	}
	last, _ := items[0].(map[string]any)
	at := one + "/deliveries/" + answer(last).id("id")
	c.do("GET", at, nil, 200)
	c.do("POST", at+"/attempts", nil, 202)
	other := c.do("POST", shop+"/hooks", m{"config": m{"url": "http://127.0.0.1:1/other"}, "events": []string{"issues"}, "active": false}, 201)
	c.do("DELETE", shop+"/hooks/"+other.id("id"), nil, 204)
}
