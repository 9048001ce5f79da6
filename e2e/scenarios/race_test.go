// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"testing"
)

// Two pushes follow each other so closely that their runs overlap, and that of
// the older commit ends last. It steps aside: what is proposed stays the newer.
func TestAnOlderRunEndsLast(t *testing.T) {
	w := newWorld(t)
	// It builds until a branch is there.
	refs := w.Inside + "/" + w.Owner + "/" + w.Repo + "/info/refs?service=git-upload-pack"
	older := w.push("web: slow", map[string]string{
		"microservices/web/build.sh": "until wget -q -O - '" + refs + "' | grep -q refs/heads/go-on; do sleep 1; done\n",
	})
	run, err := w.WaitRun(w.ctx, older)
	w.must(err)
	w.waitStep(run.Name, "image", "kaniko-build")
	newer := w.push("web: quick", map[string]string{"microservices/web/build.sh": "cat web/text\n"})
	w.succeeded(newer)
	if run, err = w.WaitRun(w.ctx, older); err != nil || run.IsDone() {
		t.Fatalf("the older run ended first, %v", err)
	}
	w.wantProposed(newer, "web")

	w.git("push", "--quiet", "origin", "HEAD:refs/heads/go-on")
	run = w.succeeded(older)
	w.wantLog(run, "manifests", "", "propose", "stepped aside for a newer version")
	w.wantTag("web", older, true)
	w.wantPulls("web")
	w.wantProposed(newer, "web")
	w.mergeAll()
	w.wantRuns(2)
}

// Runs of several pushes propose at the same time, for services that they
// share. Each service has one pull request, for the newest commit that built it.
func TestRunsOverlap(t *testing.T) {
	w := newWorld(t)
	w.push("web and cart", map[string]string{"microservices/web/text": "new\n", "microservices/cart/text": "new\n"})
	w.push("cart and order", map[string]string{"microservices/cart/text": "newer\n", "microservices/order/text": "new\n"})
	last := w.push("cart again", map[string]string{"microservices/cart/text": "newest\n"})
	services := w.built(w.succeeded(last))
	for _, run := range w.wantRuns(3) {
		_, err := w.WaitDone(w.ctx, run.Name, nil)
		w.must(err)
	}
	w.wantPulls("cart", "order", "web")
	w.wantProposed(last, services...)
}
