// SPDX-License-Identifier: Apache-2.0

//go:build contract

package contract

import (
	"net/http"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/e2e/forge/forgetest"
)

const shop = "/repos/acme/shop"

// m is a request's body.
type m = map[string]any

var (
	nowhere = strings.Repeat("1", 40)
	all     = map[string]string{
		"contents": "write", "pull_requests": "write", "issues": "write", "statuses": "write", "checks": "write",
		"repository_hooks": "write", "administration": "write", "metadata": "read",
	}
)

// TestForgeKeepsTheContract calls every route.
func TestForgeKeepsTheContract(t *testing.T) {
	api, err := published()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := loadWebhooks()
	if err != nil {
		t.Fatal(err)
	}
	f := forgetest.Start(t)
	f.AddOrganization("acme")
	f.AddUser("reviewer", "Reviewer", "reviewer@example.com")
	f.Repo(t, "acme/shop", map[string]string{"README.md": "# shop\n", "manifests/user/app.yaml": "image: user:1\n"})
	f.Repo(t, "acme/empty", nil)
	events := forgetest.Receive(t, "s3cret")
	c := caller{t: t, forge: f, api: api, token: f.AddToken("developer", forge.TokenOptions{}), good: map[string]bool{}}

	for _, part := range []struct {
		name string
		run  func(*testing.T, caller)
	}{
		{"hooks", func(t *testing.T, c caller) { hooks(t, c, events) }}, {"accounts", accounts}, {"apps", apps}, {"repositories", repositories},
		{"refs", refs}, {"objects", objects}, {"quirks", quirks}, {"contents", contents}, {"history", history}, {"pulls", pulls}, {"merging", merging},
		{"issues", issues}, {"statuses", statuses}, {"refusals", refusals},
	} {
		t.Run(part.name, func(t *testing.T) {
			own := c
			own.t = t
			part.run(t, own)
		})
	}
	f.Wait()
	checkEvents(t, schemas, events)
	for _, route := range forge.Routes() {
		if !c.good[route.String()] {
			t.Errorf("no test had success with %s", route)
		}
	}
}

// checkEvents holds all events to their schemas, and wants the kinds that adze
// and its tests rely on to be among them.
func checkEvents(t *testing.T, schemas *webhooks, events *forgetest.Receiver) {
	t.Helper()
	seen := map[string]bool{}
	for _, e := range events.Events("") {
		if err := schemas.check(e); err != nil {
			t.Error(err)
		}
		if !e.Signed {
			t.Errorf("event %s %s is not signed", e.Name, e.Delivery)
		}
		action, _ := e.Payload["action"].(string)
		seen[strings.TrimSuffix(e.Name+" "+action, " ")] = true
	}
	for _, want := range []string{
		"ping", "push", "pull_request opened", "pull_request synchronize", "pull_request closed", "pull_request reopened", "pull_request edited",
		"pull_request labeled", "pull_request unlabeled", "pull_request assigned", "pull_request unassigned", "pull_request review_requested",
		"pull_request review_request_removed", "pull_request auto_merge_enabled", "pull_request auto_merge_disabled",
		"pull_request ready_for_review", "pull_request converted_to_draft",
	} {
		if !seen[want] {
			t.Errorf("no event %q was sent", want)
		}
	}
}

// TestDriftIsFound spoils answers that were right.
func TestDriftIsFound(t *testing.T) {
	api, err := published()
	if err != nil {
		t.Fatal(err)
	}
	const ref = `{"ref":"refs/heads/x","node_id":"n","url":"https://example.com","object":{"type":"commit","sha":"` + "1111111111111111111111111111111111111111" + `","url":"https://example.com"}}`
	const at = shop + "/git/ref/heads/x"
	if err := api.check(http.MethodGet, at, http.StatusOK, "application/json", []byte(ref)); err != nil {
		t.Fatalf("a good answer is refused: %v", err)
	}
	for name, c := range map[string]struct {
		path   string
		status int
		body   string
	}{
		"a field less":          {at, 200, strings.Replace(ref, `"node_id":"n",`, "", 1)},
		"a field of its own":    {at, 200, strings.Replace(ref, `"node_id"`, `"invented":1,"node_id"`, 1)},
		"another type":          {at, 200, strings.Replace(ref, `"node_id":"n"`, `"node_id":1`, 1)},
		"a null":                {at, 200, strings.Replace(ref, `"node_id":"n"`, `"node_id":null`, 1)},
		"a status":              {at, 418, `{"message":"no"}`},
		"a path":                {shop + "/no/such/thing", 200, ref},
		"an error with no text": {shop + "/git/refs/heads/x", 422, `{"errors":[]}`},
	} {
		method := http.MethodGet
		if c.status == http.StatusUnprocessableEntity {
			method = http.MethodPatch
		}
		if api.check(method, c.path, c.status, "application/json", []byte(c.body)) == nil {
			t.Errorf("%s: the drift is not found", name)
		}
	}
}
