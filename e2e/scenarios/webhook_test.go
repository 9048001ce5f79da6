// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-github/v60/github"
)

// A push starts a run, and makes no second one where GitHub repeats its
// delivery. One signed with another secret starts nothing.
func TestDeliveries(t *testing.T) {
	w := newWorld(t)
	w.succeeded(w.push("web: new text", map[string]string{"microservices/web/text": "new\n"}))
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
	w.lose("web: newer text", map[string]string{"microservices/web/text": "newer\n"})
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
