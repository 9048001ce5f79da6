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
	t.Cleanup(func() { w.registry(1) })
	// A build that needs no base image is over while the registry is away.
	commit := w.push("web: from scratch", map[string]string{
		"microservices/web/Dockerfile": "FROM scratch\nCOPY text /\n",
	})
	w.registry(0)
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
	w.registry(1)
	run = w.succeeded(commit)
	w.wantStep(w.task(run, "image", "web"), "harbor-push", 0)
	w.wantTag("web", commit, true)
	w.wantPulls("web")
}

// registry scales the registry inside of the cluster, and waits until it is so.
func (w *world) registry(replicas int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), 2*time.Minute)
	defer cancel()
	deployments := w.Kube.AppsV1().Deployments("infra")
	patch := fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, replicas)
	_, err := deployments.Patch(ctx, "registry", types.MergePatchType, patch, metav1.PatchOptions{})
	w.must(err)
	for {
		d, err := deployments.Get(ctx, "registry", metav1.GetOptions{})
		w.must(err)
		if d.Status.ObservedGeneration >= d.Generation && int(d.Status.Replicas) == replicas && int(d.Status.ReadyReplicas) == replicas {
			return
		}
		time.Sleep(300 * time.Millisecond)
	}
}
