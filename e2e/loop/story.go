// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"context"
	"fmt"
	"strings"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	corev1 "k8s.io/api/core/v1"
)

// Story tells what became of every run of the loop, with the last lines of
// each step that failed, for whoever has to find out why.
func (l *Loop) Story(ctx context.Context) string {
	var b strings.Builder
	runs, err := l.Runs(ctx)
	if err != nil {
		return err.Error()
	}
	fmt.Fprintf(&b, "namespace %s, %d runs\n", l.Namespace, len(runs))
	for i := range runs {
		fmt.Fprintf(&b, "run %s: %s\n", runs[i].Name, Outcome(&runs[i]))
		tasks, err := l.TaskRuns(ctx, runs[i].Name)
		if err != nil {
			return b.String() + err.Error()
		}
		for j := range tasks {
			l.tell(ctx, &b, &tasks[j])
		}
	}
	lone, err := l.LoneTaskRuns(ctx)
	if err != nil {
		return b.String() + err.Error()
	}
	for i := range lone {
		fmt.Fprintf(&b, "task run %s\n", lone[i].Name)
		l.tell(ctx, &b, &lone[i])
	}
	return b.String()
}

func (l *Loop) tell(ctx context.Context, b *strings.Builder, t *v1.TaskRun) {
	fmt.Fprintf(b, "  %s %s: %s\n", PipelineTask(t), TaskParam(t, "service"), Outcome(t))
	for _, s := range t.Status.Steps {
		if s.Terminated == nil || s.Terminated.ExitCode == 0 && t.IsSuccessful() {
			continue
		}
		fmt.Fprintf(b, "    step %s: exit %d %s\n", s.Name, s.Terminated.ExitCode, s.Terminated.Reason)
		b.WriteString(indent(l.Log(ctx, t.Status.PodName, s.Container)))
	}
}

// Log is the end of a container's log, or why it cannot be had.
func (l *Loop) Log(ctx context.Context, pod, container string) string {
	lines := int64(40)
	raw, err := l.log(ctx, pod, corev1.PodLogOptions{Container: container, TailLines: &lines})
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// WholeLog is a container's log from its first line.
func (l *Loop) WholeLog(ctx context.Context, pod, container string) (string, error) {
	raw, err := l.log(ctx, pod, corev1.PodLogOptions{Container: container})
	return string(raw), err
}

func (l *Loop) log(ctx context.Context, pod string, o corev1.PodLogOptions) ([]byte, error) {
	return l.Kube.CoreV1().Pods(l.Namespace).GetLogs(pod, &o).DoRaw(ctx)
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		b.WriteString("      " + line + "\n")
	}
	return b.String()
}
