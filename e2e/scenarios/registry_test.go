// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"context"
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/adze-ci/adze/e2e/loop"
)

// outage is how long the registry is away while an image is to be made.
const outage = 20 * time.Second

// A registry that is away when it is asked for the image is waited for. It is
// all scenarios' registry, so this one runs alone.
func TestRegistryDown(t *testing.T) {
	w := newWorldAlone(t, loop.Options{})
	t.Cleanup(func() { w.registry(true) })
	// A build that needs no base image is over while the registry is away.
	commit := w.push("web: from scratch", map[string]string{
		"microservices/web/Dockerfile": "FROM scratch\nCOPY text /\n",
	})
	w.registry(false)
	run, err := w.WaitRun(w.ctx, commit)
	w.must(err)
	w.waitStep(run.Name, "image", "reuse")
	select {
	case <-w.ctx.Done():
	case <-time.After(outage):
	}
	tasks, err := w.TaskRuns(w.ctx, run.Name)
	w.must(err)
	if !running(tasks, "image", "reuse") {
		t.Error("the registry was not waited for")
	}
	w.registry(true)
	run = w.succeeded(commit)
	w.wantStep(w.task(run, "image", "web"), "harbor-push", 0)
	w.wantTag("web", commit, true)
	w.wantPulls("web")
}

// registry takes Harbor from behind its Service, and puts it back: what is
// sent there meanwhile is refused. Harbor's own memory outlives that.
func (w *world) registry(there bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), 2*time.Minute)
	defer cancel()
	patch := fmt.Appendf(nil, `{"spec":{"selector":{"app.kubernetes.io/name":%q}}}`, map[bool]string{true: "registry", false: "nobody"}[there])
	_, err := w.Kube.CoreV1().Services("infra").Patch(ctx, "registry-harbor-core", types.MergePatchType, patch, metav1.PatchOptions{})
	w.must(err)
}
