// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/adze-ci/adze/e2e/loop"
)

// A forge that answers 502 and 429 in the middle is asked again.
func TestForgeFalters(t *testing.T) {
	w := newWorld(t)
	for _, fault := range []map[string]any{
		{"method": "GET", "path": "/git/", "kind": "bad-gateway", "count": 2},
		{"method": "POST", "path": "/git/trees$", "kind": "too-many-requests", "count": 1},
		{"method": "POST", "path": "/pulls$", "kind": "too-many-requests", "count": 1},
		{"method": "POST", "path": "/pulls$", "kind": "bad-gateway", "skip": 1, "count": 1, "after": true},
	} {
		w.must(w.Control(w.ctx, http.MethodPost, "faults", fault, nil))
	}
	commit := w.push("web: new text", map[string]string{"microservices/web/text": "new\n"})
	w.succeeded(commit)
	w.wantPulls("web")
}

// A run that is cancelled in the middle leaves nothing half-done, and the next
// push makes up for it.
func TestCancelled(t *testing.T) {
	w := newWorld(t)
	commit := w.push("web: slow", map[string]string{
		"microservices/web/build.sh": "sleep 300\n",
	})
	run, err := w.WaitRun(w.ctx, commit)
	w.must(err)
	w.waitStep(run.Name, "image", "kaniko-build")
	w.cancel(run.Name, "CancelledRunFinally")
	w.failed(commit)
	w.wantTag("web", commit, false)
	w.wantPulls()
	commit = w.push("web: quick", map[string]string{"microservices/web/build.sh": "cat web/text\n"})
	w.wantBuilt(w.succeeded(commit), "web")
	w.wantPulls("web")
}

// waitStep waits until a step of a run's task is running.
func (w *world) waitStep(run, task, step string) {
	w.t.Helper()
	w.waitTasks(run, fmt.Sprintf("step %s of task %s to start", step, task), func(tasks []v1.TaskRun) bool {
		return running(tasks, task, step)
	})
}

// waitTask waits until a task of a run has been started, those before it being over.
func (w *world) waitTask(run, task string) {
	w.t.Helper()
	w.waitTasks(run, fmt.Sprintf("task %s to start", task), func(tasks []v1.TaskRun) bool {
		return slices.ContainsFunc(tasks, func(t v1.TaskRun) bool { return loop.PipelineTask(&t) == task })
	})
}

// waitTasks waits until a run's tasks are as wanted, at most until its end.
func (w *world) waitTasks(name, what string, wanted func([]v1.TaskRun) bool) {
	w.t.Helper()
	for over := false; !over && w.ctx.Err() == nil; time.Sleep(300 * time.Millisecond) {
		run, err := w.Tekton.TektonV1().PipelineRuns(w.Namespace).Get(w.ctx, name, metav1.GetOptions{})
		w.must(err)
		tasks, err := w.TaskRuns(w.ctx, name)
		w.must(err)
		if wanted(tasks) {
			return
		}
		over = run.IsDone()
	}
	w.t.Fatalf("run %s: waited in vain for %s", name, what)
}

// running tells whether a step runs and those before it are over.
func running(tasks []v1.TaskRun, task, step string) bool {
	for i := range tasks {
		if loop.PipelineTask(&tasks[i]) != task {
			continue
		}
		for _, s := range tasks[i].Status.Steps {
			if s.Terminated == nil {
				return s.Name == step && s.Running != nil
			}
		}
	}
	return false
}
