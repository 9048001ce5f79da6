// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"context"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
)

// Runs are the PipelineRuns of the loop, oldest first. Those that refresh open
// pull requests build nothing, and are none of them.
func (l *Loop) Runs(ctx context.Context) ([]v1.PipelineRun, error) {
	list, err := l.Tekton.TektonV1().PipelineRuns(l.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	list.Items = slices.DeleteFunc(list.Items, func(r v1.PipelineRun) bool { return strings.HasPrefix(r.Name, "refresh-") })
	slices.SortFunc(list.Items, func(a, b v1.PipelineRun) int {
		return a.CreationTimestamp.Compare(b.CreationTimestamp.Time)
	})
	return list.Items, nil
}

// WaitRun waits for the run of a commit to exist.
func (l *Loop) WaitRun(ctx context.Context, commit string) (*v1.PipelineRun, error) {
	var found *v1.PipelineRun
	err := poll(ctx, "a run of commit "+commit, func(ctx context.Context) (bool, error) {
		runs, err := l.Runs(ctx)
		for i := range runs {
			if Param(&runs[i], "revision") == commit {
				found = &runs[i]
			}
		}
		return found != nil, err
	})
	return found, err
}

// WaitDone waits until a run has ended, telling each change of its TaskRuns to
// watch, which may be nil.
func (l *Loop) WaitDone(ctx context.Context, name string, watch func([]v1.TaskRun)) (*v1.PipelineRun, error) {
	var run *v1.PipelineRun
	err := poll(ctx, "run "+name+" to end", func(ctx context.Context) (bool, error) {
		var err error
		if run, err = l.Tekton.TektonV1().PipelineRuns(l.Namespace).Get(ctx, name, metav1.GetOptions{}); err != nil {
			return false, err
		}
		if watch != nil {
			tasks, err := l.TaskRuns(ctx, name)
			if err != nil {
				return false, err
			}
			watch(tasks)
		}
		return run.IsDone(), nil
	})
	return run, err
}

// TaskRuns are those of a run, in the order of their start.
func (l *Loop) TaskRuns(ctx context.Context, run string) ([]v1.TaskRun, error) {
	list, err := l.Tekton.TektonV1().TaskRuns(l.Namespace).List(ctx, metav1.ListOptions{LabelSelector: "tekton.dev/pipelineRun=" + run})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list.Items, func(a, b v1.TaskRun) int {
		if c := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return list.Items, nil
}

// Param is a run's string param.
func Param(run *v1.PipelineRun, name string) string {
	for _, p := range run.Spec.Params {
		if p.Name == name {
			return p.Value.StringVal
		}
	}
	return ""
}

// TaskParam is a TaskRun's string param.
func TaskParam(run *v1.TaskRun, name string) string {
	for _, p := range run.Spec.Params {
		if p.Name == name {
			return p.Value.StringVal
		}
	}
	return ""
}

// PipelineTask is the name of the task in the Pipeline that a TaskRun is of.
func PipelineTask(run *v1.TaskRun) string { return run.Labels["tekton.dev/pipelineTask"] }

// Outcome is how a run ended, in Tekton's words.
func Outcome(run interface {
	GetStatusCondition() apis.ConditionAccessor
}) string {
	c := run.GetStatusCondition().GetCondition(apis.ConditionSucceeded)
	if c == nil {
		return "Pending"
	}
	return fmt.Sprintf("%s: %s", c.Reason, c.Message)
}
