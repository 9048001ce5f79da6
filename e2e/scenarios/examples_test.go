// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"github.com/adze-ci/adze/e2e/loop"
	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/internal/step"
)

// Every Task runs on its own by the example that lies beside it, one after the
// other as a person would chain them by hand.
func TestTaskExamples(t *testing.T) {
	w := newWorld(t)
	// Committed beside the watched branch, so that no webhook does the work.
	commit := w.beside("web: new text", map[string]string{"microservices/web/text": "new\n"})
	here := w.placeholders(commit)

	changes := w.example("tasks/monorepo-change/example.yaml", append(here, "main~1", w.Branch, ": main", ": beside"), nil)
	if got := affected(changes); got != "web" {
		t.Errorf("affected are %s, want web", got)
	}

	build := w.example("tasks/kaniko-build/example.yaml", here, nil)
	if got := loop.Result(build, "outcome"); got != "built" {
		t.Errorf("the outcome is %q, want built", got)
	}

	push := w.example("tasks/harbor-push/example.yaml", here, nil)
	digest := loop.Result(push, "IMAGE_DIGEST")
	if want := loop.Result(build, "IMAGE_DIGEST"); digest != want {
		t.Errorf("%s was pushed, %s was built", digest, want)
	}
	w.wantTag("web", commit, false)

	gate := w.example("tasks/scan-gate/example.yaml", append([]string{zeroDigest, digest}, here...), map[string]string{"db-repository": w.Database})
	if got := loop.Result(gate, "verdict"); got != "pass" {
		t.Errorf("the verdict is %q, want pass", got)
	}
	if tagged, err := w.Digest(w.ctx, "web", commit); err != nil || tagged != digest {
		t.Errorf("tag %s is on %q, %v; want %s", commit, tagged, err, digest)
	}

	w.example("tasks/manifest-pr/example.yaml", here, map[string]string{"api-url": w.Inside + "/api/v3", "registry": w.ImagePrefix})
	w.wantPulls("web")

	// Task image goes all the way from the files to a judged image.
	commit = w.beside("user: new text", map[string]string{"microservices/user/text": "new\n"})
	image := w.example("pipelines/examples/image-run.yaml", w.placeholders(commit), map[string]string{"registry": w.ImagePrefix, "db-repository": w.Database})
	if tagged, err := w.Digest(w.ctx, "user", commit); err != nil || tagged == "" || tagged != loop.Result(image, "IMAGE_DIGEST") {
		t.Errorf("tag %s is on %q, %v; want %s", commit, tagged, err, loop.Result(image, "IMAGE_DIGEST"))
	}
	w.wantRuns(0)
}

// The examples of Pipelines build what is not deployed, and nothing else.
func TestPipelineExamples(t *testing.T) {
	w := newWorld(t)
	const ci, matrix, one = "pipelines/examples/ci-run.yaml", "pipelines/examples/matrix.yaml", "pipelines/examples/one-service.yaml"
	w.lose("web: new text", map[string]string{"microservices/web/text": "new\n"})
	w.wantBuilt(w.pipeline(ci, map[string]string{"api-url": w.Inside + "/api/v3"}), "web")
	w.wantPulls("web")
	w.mergeAll()

	tip := w.lose("rate: new text", map[string]string{"microservices/rate/text": "new\n"})
	w.wantBuilt(w.pipeline(matrix, nil), "rate")
	run := w.pipeline(one, nil)
	w.wantTasks(run, "changes", "is-user-affected", "rate")
	w.wantStep(w.task(run, "is-user-affected", "user"), "change", int32(step.CodeNo))

	// The guards hold where nothing is affected.
	nothing := map[string]string{"base": tip}
	w.wantTasks(w.pipeline(matrix, nothing), "changes")
	w.wantTasks(w.pipeline(one, nothing), "changes", "is-user-affected")
}

// wantTasks asserts which tasks of its Pipeline a run came to.
func (w *world) wantTasks(run *v1.PipelineRun, want ...string) {
	w.t.Helper()
	tasks, err := w.TaskRuns(w.ctx, run.Name)
	w.must(err)
	var got []string
	for i := range tasks {
		got = append(got, loop.PipelineTask(&tasks[i]))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		w.t.Errorf("run %s came to %v, want %v", run.Name, got, want)
	}
}

// What the examples say where a user's own names belong.
const (
	zeroDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	zeroCommit = "0123456789abcdef0123456789abcdef01234567"
)

// placeholders are the examples' names and what they stand for here, in turns.
func (w *world) placeholders(commit string) []string {
	return []string{
		"https://github.com/example/monorepo.git", w.Inside + "/" + w.Owner + "/" + w.Repo + ".git",
		"example/monorepo", w.Owner + "/" + w.Repo,
		"registry-harbor-core.infra.svc.cluster.local/library/busybox", w.Base,
		"registry-harbor-core.infra.svc.cluster.local/library", w.ImagePrefix,
		zeroCommit, commit,
	}
}

// exampleText is a file of the tree with names replaced.
func (w *world) exampleText(file string, names []string) string {
	w.t.Helper()
	root, err := tools.Root()
	w.must(err)
	text, err := os.ReadFile(filepath.Join(root, file))
	w.must(err)
	return strings.NewReplacer(names...).Replace(string(text))
}

// apply applies the objects of an example file, and reads its run into run.
func (w *world) apply(file string, names []string, run any) {
	w.t.Helper()
	for part := range bytes.SplitSeq([]byte(w.exampleText(file, names)), []byte("\n---\n")) {
		var kind metav1.TypeMeta
		w.must(yaml.Unmarshal(part, &kind))
		if kind.Kind == "TaskRun" || kind.Kind == "PipelineRun" {
			w.must(yaml.UnmarshalStrict(part, run))
		} else {
			w.must(w.Apply(w.ctx, part))
		}
	}
}

// example runs the TaskRun of an example file, which must end well. Params are
// added to those of the file.
func (w *world) example(file string, names []string, params map[string]string) *v1.TaskRun {
	w.t.Helper()
	var run v1.TaskRun
	w.apply(file, names, &run)
	for name, value := range params {
		run.Spec.Params = append(run.Spec.Params, v1.Param{Name: name, Value: *v1.NewStructuredValues(value)})
	}
	done, err := w.RunTask(w.ctx, &run)
	w.must(err)
	if !done.IsSuccessful() {
		w.t.Fatalf("%s: %s", file, loop.Outcome(done))
	}
	return done
}

// pipeline runs the PipelineRun of an example file, which must end well. Params
// are added to those of the file.
func (w *world) pipeline(file string, params map[string]string) *v1.PipelineRun {
	w.t.Helper()
	var run v1.PipelineRun
	w.apply(file, w.placeholders(""), &run)
	for _, more := range []map[string]string{params, {"registry": w.ImagePrefix, "db-repository": w.Database}} {
		for name, value := range more {
			run.Spec.Params = append(run.Spec.Params, v1.Param{Name: name, Value: *v1.NewStructuredValues(value)})
		}
	}
	return w.start(&run, true)
}

// start makes a PipelineRun and waits for its end, which must be good or bad.
func (w *world) start(run *v1.PipelineRun, good bool) *v1.PipelineRun {
	w.t.Helper()
	started, err := w.Tekton.TektonV1().PipelineRuns(w.Namespace).Create(w.ctx, run, metav1.CreateOptions{})
	w.must(err)
	done, err := w.WaitDone(w.ctx, started.Name, nil)
	w.must(err)
	if done.IsSuccessful() != good {
		w.t.Fatalf("run %s: %s; want success: %v", done.Name, loop.Outcome(done), good)
	}
	return done
}

// beside commits files on top of the watched branch and pushes them to another,
// "beside", which starts nothing.
func (w *world) beside(message string, files map[string]string) string {
	w.t.Helper()
	commit, err := w.Commit(w.ctx, message, files)
	w.must(err)
	w.git("push", "--quiet", "origin", "HEAD:refs/heads/beside")
	return commit
}

func affected(run *v1.TaskRun) string {
	for _, r := range run.Status.Results {
		if r.Name == "affected" {
			return strings.Join(r.Value.ArrayVal, " ")
		}
	}
	return ""
}
