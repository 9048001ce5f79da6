// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"context"
	"slices"
	"strings"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// RunTask starts a TaskRun by itself and waits until it has ended.
func (l *Loop) RunTask(ctx context.Context, run *v1.TaskRun) (*v1.TaskRun, error) {
	runs := l.Tekton.TektonV1().TaskRuns(l.Namespace)
	run, err := runs.Create(ctx, run, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	name := run.Name
	err = poll(ctx, "task run "+name+" to end", func(ctx context.Context) (bool, error) {
		run, err = runs.Get(ctx, name, metav1.GetOptions{})
		return err == nil && run.IsDone(), err
	})
	return run, err
}

// LoneTaskRuns are those that no PipelineRun started, oldest first.
func (l *Loop) LoneTaskRuns(ctx context.Context) ([]v1.TaskRun, error) {
	list, err := l.Tekton.TektonV1().TaskRuns(l.Namespace).List(ctx, metav1.ListOptions{LabelSelector: "!tekton.dev/pipelineRun"})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list.Items, func(a, b v1.TaskRun) int {
		return a.CreationTimestamp.Compare(b.CreationTimestamp.Time)
	})
	return list.Items, nil
}

// Found are the services whose images existed and passed, by what the TaskRun of
// the task "changes" tells, with their digests.
func Found(changes *v1.TaskRun) map[string]string {
	found := map[string]string{}
	for _, r := range changes.Status.Results {
		if r.Name != "tagged" {
			continue
		}
		for _, tagged := range r.Value.ArrayVal {
			service, digest, _ := strings.Cut(tagged, "=")
			found[service] = digest
		}
	}
	return found
}

// Result is a TaskRun's string result; empty when it has none of that name.
func Result(run *v1.TaskRun, name string) string {
	for _, r := range run.Status.Results {
		if r.Name == name {
			return r.Value.StringVal
		}
	}
	return ""
}
