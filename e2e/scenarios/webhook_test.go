// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-github/v60/github"
)

// A delivery that GitHub repeats makes no second run.
func TestDeliveredTwice(t *testing.T) {
	w := newWorld(t)
	commit := w.push("web: new text", map[string]string{"microservices/web/text": "new\n"})
	w.succeeded(commit)
	hooks, _, err := w.GitHub.Repositories.ListHooks(w.ctx, w.Owner, w.Repo, nil)
	w.must(err)
	deliveries, _, err := w.GitHub.Repositories.ListHookDeliveries(w.ctx, w.Owner, w.Repo, hooks[0].GetID(), nil)
	w.must(err)
	repeated := 0
	for _, d := range deliveries {
		if d.GetEvent() == "push" {
			_, _, err := w.GitHub.Repositories.RedeliverHookDelivery(w.ctx, w.Owner, w.Repo, hooks[0].GetID(), d.GetID())
			var accepted *github.AcceptedError // how the client reads GitHub's 202
			if !errors.As(err, &accepted) {
				w.must(err)
			}
			repeated++
		}
	}
	if repeated == 0 {
		t.Fatal("no delivery to repeat")
	}
	w.wantRuns(1)
	w.wantPulls("web")
}

// A push signed with another secret starts nothing; the same one signed right does.
func TestBadSignature(t *testing.T) {
	w := newWorld(t)
	hooks, _, err := w.GitHub.Repositories.ListHooks(w.ctx, w.Owner, w.Repo, nil)
	w.must(err)
	w.sign(hooks[0], "not the secret")
	w.push("web: new text", map[string]string{"microservices/web/text": "new\n"})
	w.wantRuns(0)
	w.sign(hooks[0], w.Secret())
	w.push("web: newer text", map[string]string{"microservices/web/text": "newer\n"})
	w.wantRuns(1)
}

// sign changes the secret that a hook signs with.
func (w *world) sign(hook *github.Hook, secret string) {
	w.t.Helper()
	hook.Config.Secret = &secret
	_, resp, err := w.GitHub.Repositories.EditHook(w.ctx, w.Owner, w.Repo, hook.GetID(), &github.Hook{Config: hook.Config})
	w.must(err)
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("editing the hook: %s", resp.Status)
	}
}
