// SPDX-License-Identifier: Apache-2.0

//go:build contract

package contract

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/e2e/forge/forgetest"
)

// TestDriftOfEventsIsFound spoils a push event that was right.
func TestDriftOfEventsIsFound(t *testing.T) {
	schemas, err := loadWebhooks()
	if err != nil {
		t.Fatal(err)
	}
	f := forgetest.Start(t)
	f.Repo(t, "acme/shop", map[string]string{"a": "1"})
	events := forgetest.Receive(t, "")
	if _, err := f.AddHook("acme/shop", forge.HookOptions{URL: events.URL}); err != nil {
		t.Fatal(err)
	}
	f.Push(t, "acme/shop", "main", "m", map[string]string{"a": "2"})
	f.Wait()
	good := events.Events("push")[0]
	if err := schemas.check(good); err != nil {
		t.Fatalf("a good event is refused: %v", err)
	}
	for name, spoil := range map[string]func(map[string]any){
		"a field less":       func(p map[string]any) { delete(p, "forced") },
		"a field of its own": func(p map[string]any) { p["invented"] = 1 },
		"another type":       func(p map[string]any) { p["commits"] = nil },
		"a null":             func(p map[string]any) { p["before"] = nil },
	} {
		payload := maps.Clone(good.Payload)
		spoil(payload)
		body, err := json.Marshal(payload)
		if err != nil {
			t.Fatal(err)
		}
		if schemas.check(forgetest.Event{Name: "push", Payload: payload, Body: body}) == nil {
			t.Errorf("%s: the drift is not found", name)
		}
	}
	if schemas.check(forgetest.Event{Name: "pushed", Payload: good.Payload, Body: good.Body}) == nil {
		t.Error("an event that GitHub does not have is taken")
	}
}

// TestDriftOfGraphQLIsFound spoils requests and answers.
func TestDriftOfGraphQLIsFound(t *testing.T) {
	g, err := loadGraph()
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{`{ viewer { shoeSize } }`, `{ repository(owner: "o") { id } }`, `mutation { createCommitOnBranch(input: {branch: {}}) { ref { id } } }`} {
		if _, err := g.operation(query, nil); err == nil {
			t.Errorf("%s is taken", query)
		}
	}
	o, err := g.operation(`{ viewer { login databaseId isSiteAdmin } }`, nil)
	if err != nil {
		t.Fatal(err)
	}
	for text, good := range map[string]bool{
		`{"viewer": {"login": "x", "databaseId": 1, "isSiteAdmin": true}}`:           true,
		`{"viewer": {"login": "x", "databaseId": null, "isSiteAdmin": true}}`:        true,
		`{"viewer": {"login": null, "databaseId": 1, "isSiteAdmin": true}}`:          false,
		`{"viewer": {"login": "x", "databaseId": "1", "isSiteAdmin": true}}`:         false,
		`{"viewer": {"login": "x", "databaseId": 1}}`:                                false,
		`{"viewer": {"login": "x", "databaseId": 1, "isSiteAdmin": true, "age": 1}}`: false,
		`{"viewer": [1]}`: false,
	} {
		var data map[string]any
		if err := json.Unmarshal([]byte(text), &data); err != nil {
			t.Fatal(err)
		}
		if err := g.answers(o, data); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}
