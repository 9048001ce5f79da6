// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"github.com/adze-ci/adze/e2e/cluster/kindcluster"
	"github.com/adze-ci/adze/e2e/loop"
	"github.com/adze-ci/adze/e2e/site"
)

// where is the cluster that all scenarios share.
var where *loop.Site

func TestMain(m *testing.M) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	where, err = site.Open(ctx, kindcluster.Options{Progress: os.Stderr})
	stop() // from here on a signal ends the scenarios at once
	if err != nil {
		fmt.Fprintln(os.Stderr, "opening the cluster:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// patience is how long a scenario may take on a busy machine.
const patience = 15 * time.Minute

// world is one scenario's loop with the questions that tests ask of it.
type world struct {
	*loop.Loop
	t   *testing.T
	ctx context.Context
}

// newWorld starts a loop for a test, beside those of others, and removes it
// when the test is over. A failed test leaves its story in the log.
func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldWith(t, loop.Options{})
}

// newWorldWith is newWorld with options; the name is the test's.
func newWorldWith(t *testing.T, o loop.Options) *world {
	t.Helper()
	t.Parallel()
	return newWorldAlone(t, o)
}

// newWorldAlone is for tests that touch what all share: those run one after the
// other, before any other starts.
func newWorldAlone(t *testing.T, o loop.Options) *world {
	t.Helper()
	// t.Context ends before the cleanups, which still ask the forge.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	t.Cleanup(cancel)
	o.Name = strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(strings.TrimPrefix(t.Name(), "Test")))
	l, err := loop.Start(ctx, where, o)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Loop: l, t: t, ctx: ctx}
	t.Cleanup(w.end)
	return w
}

// on is the same world for a test within its test.
func (w *world) on(t *testing.T) *world {
	inner := *w
	inner.t = t
	return &inner
}

// end tells what happened where the test failed, and cleans up.
func (w *world) end() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	w.provenance(ctx)
	w.understood(ctx)
	if w.t.Failed() {
		w.t.Log(w.Story(ctx))
	}
	if err := errors.Join(w.Delete(ctx), w.Close()); err != nil {
		w.t.Error(err)
	}
}

// understood asserts that the forge has every route that was called: what it
// does not implement it answers with 501.
func (w *world) understood(ctx context.Context) {
	w.t.Helper()
	var log struct {
		Requests []struct {
			Method, Path string
			Status       int
		}
	}
	if err := w.Control(ctx, http.MethodGet, "requests", nil, &log); err != nil {
		w.t.Error(err)
	}
	if len(log.Requests) == 0 {
		w.t.Error("the forge was asked nothing")
	}
	for _, r := range log.Requests {
		if r.Status == http.StatusNotImplemented {
			w.t.Errorf("%s %s is not implemented by the forge", r.Method, r.Path)
		}
	}
}

// must ends the test on an error.
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// push commits and pushes files, and returns the commit.
func (w *world) push(message string, files map[string]string) string {
	w.t.Helper()
	commit, err := w.Push(w.ctx, message, files)
	w.must(err)
	return commit
}

// git runs git in the developer's clone.
func (w *world) git(args ...string) string {
	w.t.Helper()
	out, err := w.Git(w.ctx, args...)
	w.must(err)
	return out
}

// finished waits for the run of a commit to be there and to end.
func (w *world) finished(commit string) *v1.PipelineRun {
	w.t.Helper()
	run, err := w.WaitRun(w.ctx, commit)
	w.must(err)
	run, err = w.WaitDone(w.ctx, run.Name, nil)
	w.must(err)
	return run
}

// succeeded waits for the run of a commit, which must end well.
func (w *world) succeeded(commit string) *v1.PipelineRun {
	w.t.Helper()
	run := w.finished(commit)
	if !run.IsSuccessful() {
		w.t.Fatalf("run %s: %s", run.Name, loop.Outcome(run))
	}
	return run
}

// failed waits for the run of a commit, which must end badly.
func (w *world) failed(commit string) *v1.PipelineRun {
	w.t.Helper()
	run := w.finished(commit)
	if !run.IsFailure() {
		w.t.Fatalf("run %s: %s; want a failure", run.Name, loop.Outcome(run))
	}
	return run
}

// built are the services that a run built, or whose images it found, sorted.
func (w *world) built(run *v1.PipelineRun) []string {
	w.t.Helper()
	tasks, err := w.TaskRuns(w.ctx, run.Name)
	w.must(err)
	var services []string
	for i := range tasks {
		switch loop.PipelineTask(&tasks[i]) {
		case "changes":
			services = slices.AppendSeq(services, maps.Keys(loop.Found(&tasks[i])))
		case "image":
			services = append(services, loop.TaskParam(&tasks[i], "service"))
		}
	}
	slices.Sort(services)
	return services
}

// wantBuilt asserts which services a run built.
func (w *world) wantBuilt(run *v1.PipelineRun, want ...string) {
	w.t.Helper()
	if got := w.built(run); !slices.Equal(got, want) {
		w.t.Errorf("run %s built %v, want %v", run.Name, got, want)
	}
}

// wantPulls asserts for which services a pull request is open.
func (w *world) wantPulls(want ...string) {
	w.t.Helper()
	pulls, err := w.Pulls(w.ctx)
	w.must(err)
	var got []string
	for _, p := range pulls {
		got = append(got, strings.TrimPrefix(p.GetHead().GetRef(), "adze/"))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		w.t.Errorf("pull requests are open for %v, want %v", got, want)
	}
}

// wantProposed asserts for which services the open pull request proposes the
// image of a commit.
func (w *world) wantProposed(commit string, want ...string) {
	w.t.Helper()
	pulls, err := w.Pulls(w.ctx)
	w.must(err)
	var got []string
	for _, p := range pulls {
		if strings.HasSuffix(p.GetTitle(), " → "+commit[:7]) {
			got = append(got, strings.TrimPrefix(p.GetHead().GetRef(), "adze/"))
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		w.t.Errorf("commit %s is proposed for %v, want %v", commit, got, want)
	}
}

// wantTag asserts whether a service's image has the commit's tag.
func (w *world) wantTag(service, commit string, want bool) {
	w.t.Helper()
	digest, err := w.Digest(w.ctx, service, commit)
	w.must(err)
	if got := digest != ""; got != want {
		w.t.Errorf("%s has tag %s: %v, want %v", service, commit, got, want)
	}
}

// wantRuns asserts how many runs there are once every delivery has arrived and
// the listener had time to act on it: it answers 202 before it does.
func (w *world) wantRuns(want int) []v1.PipelineRun {
	w.t.Helper()
	w.must(w.Control(w.ctx, http.MethodPost, "wait", nil, nil))
	select {
	case <-w.ctx.Done():
	case <-time.After(5 * time.Second):
	}
	runs, err := w.Runs(w.ctx)
	w.must(err)
	if len(runs) != want {
		w.t.Errorf("%d runs, want %d", len(runs), want)
	}
	return runs
}

// wantLog asserts that a step's log holds a text.
func (w *world) wantLog(run *v1.PipelineRun, task, service, step, text string) {
	w.t.Helper()
	if log := w.stepLog(w.task(run, task, service), step); !strings.Contains(log, text) {
		w.t.Errorf("the log of %s %s, step %s, lacks %q:\n%s", task, service, step, text, log)
	}
}

// task is a task of a run; service is empty where it is for none.
func (w *world) task(run *v1.PipelineRun, name, service string) *v1.TaskRun {
	w.t.Helper()
	tasks, err := w.TaskRuns(w.ctx, run.Name)
	w.must(err)
	for i := range tasks {
		if t := &tasks[i]; loop.PipelineTask(t) == name && loop.TaskParam(t, "service") == service {
			return t
		}
	}
	w.t.Fatalf("run %s has no task %s %s", run.Name, name, service)
	return nil
}

// stepLog is the whole log of a step.
func (w *world) stepLog(task *v1.TaskRun, step string) string {
	w.t.Helper()
	log, err := w.WholeLog(w.ctx, task.Status.PodName, "step-"+step)
	w.must(err)
	return log
}

// wantStep asserts with which code a step ended.
func (w *world) wantStep(task *v1.TaskRun, step string, code int32) {
	w.t.Helper()
	for _, s := range task.Status.Steps {
		if s.Name == step && s.Terminated != nil {
			if s.Terminated.ExitCode != code {
				w.t.Errorf("step %s of %s ended with code %d, want %d", step, task.Name, s.Terminated.ExitCode, code)
			}
			return
		}
	}
	w.t.Errorf("step %s of %s did not end", step, task.Name)
}
