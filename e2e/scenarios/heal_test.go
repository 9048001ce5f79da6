// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"net/http"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// What a run did not come to, or no run was made for, the next push makes up
// for, whatever it is about: the manifests still name the commit before.
func TestNextPushHeals(t *testing.T) {
	w := newWorld(t)
	// One run is cancelled before it has built anything.
	cancelled := w.push("order: new text", map[string]string{"microservices/order/text": "new\n"})
	run, err := w.WaitRun(w.ctx, cancelled)
	w.must(err)
	w.cancel(run.Name, "Cancelled")
	w.failed(cancelled)
	// The webhook of another push is lost.
	lost := w.lose("web: new text", map[string]string{"microservices/web/text": "new\n"})
	w.wantPulls()

	commit := w.push("words about nothing", map[string]string{"notes.txt": "nobody builds this\n"})
	w.wantBuilt(w.succeeded(commit), "order", "web")
	w.wantProposed(commit, "order", "web")
	w.wantTag("order", cancelled, false)
	w.wantTag("web", lost, false)

	// What is deployed is not built again.
	w.mergeAll()
	commit = w.push("more words about nothing", map[string]string{"notes.txt": "nor this\n"})
	w.wantBuilt(w.succeeded(commit))
	w.wantRuns(3)
}

// cancel ends a run as Tekton's users do, with one of its words for it.
func (w *world) cancel(run, how string) {
	w.t.Helper()
	patch := []byte(`{"spec":{"status":"` + how + `"}}`)
	_, err := w.Tekton.TektonV1().PipelineRuns(w.Namespace).Patch(w.ctx, run, types.MergePatchType, patch, metav1.PatchOptions{})
	w.must(err)
}

// lose pushes files while the webhook is signed wrong, so that no run is made.
func (w *world) lose(message string, files map[string]string) string {
	w.t.Helper()
	hooks, _, err := w.GitHub.Repositories.ListHooks(w.ctx, w.Owner, w.Repo, nil)
	w.must(err)
	w.sign(hooks[0], "not the secret")
	commit := w.push(message, files)
	w.must(w.Control(w.ctx, http.MethodPost, "wait", nil, nil))
	w.sign(hooks[0], w.Secret())
	return commit
}

// mergeAll merges every open pull request, so that the manifests name what was
// proposed.
func (w *world) mergeAll() {
	w.t.Helper()
	pulls, err := w.Pulls(w.ctx)
	w.must(err)
	for _, pull := range pulls {
		_, err := w.Merge(w.ctx, pull.GetNumber(), "squash")
		w.must(err)
	}
}
