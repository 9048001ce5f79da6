// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"github.com/adze-ci/adze/e2e/loop"
)

// watcher tells of each TaskRun of a run when it is over.
type watcher struct {
	stages *stages
	told   map[string]bool
}

func (w *watcher) see(tasks []v1.TaskRun) {
	for i := range tasks {
		t := &tasks[i]
		if w.told[t.Name] || !t.IsDone() || t.Status.CompletionTime == nil {
			continue
		}
		w.told[t.Name] = true
		w.stages.done("run", title(t), t.Status.CompletionTime.Sub(t.CreationTimestamp.Time), detail(t))
	}
}

// title is the task's name, and for a member of the matrix its service.
func title(t *v1.TaskRun) string {
	if service := loop.TaskParam(t, "service"); service != "" {
		return loop.PipelineTask(t) + " " + service
	}
	return loop.PipelineTask(t)
}

// detail is how long each step ran, or what went wrong.
func detail(t *v1.TaskRun) string {
	var steps []string
	for _, s := range t.Status.Steps {
		if s.Terminated != nil {
			took := s.Terminated.FinishedAt.Sub(s.Terminated.StartedAt.Time)
			steps = append(steps, fmt.Sprintf("%s %s", s.Name, took.Round(time.Second)))
		}
	}
	if !t.IsSuccessful() {
		return loop.Outcome(t)
	}
	for _, r := range t.Status.Results {
		if r.Name == "affected" {
			return "affected: " + strings.Join(r.Value.ArrayVal, ", ")
		}
	}
	return strings.Join(steps, ", ")
}
