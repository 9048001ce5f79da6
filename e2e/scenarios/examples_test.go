// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"github.com/adze-ci/adze/e2e/loop"
	"github.com/adze-ci/adze/e2e/tools"
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

// The example of Pipeline ci builds all services, for it knows of no push.
func TestPipelineExample(t *testing.T) {
	w := newWorld(t)
	text := w.exampleText("pipelines/examples/ci-run.yaml", w.placeholders(""))
	var run v1.PipelineRun
	w.must(yaml.UnmarshalStrict([]byte(text), &run))
	for name, value := range map[string]string{"api-url": w.Inside + "/api/v3", "registry": w.ImagePrefix, "db-repository": w.Database} {
		run.Spec.Params = append(run.Spec.Params, v1.Param{Name: name, Value: *v1.NewStructuredValues(value)})
	}
	started, err := w.Tekton.TektonV1().PipelineRuns(w.Namespace).Create(w.ctx, &run, metav1.CreateOptions{})
	w.must(err)
	done, err := w.WaitDone(w.ctx, started.Name, nil)
	w.must(err)
	if !done.IsSuccessful() {
		t.Fatalf("run %s: %s", done.Name, loop.Outcome(done))
	}
	w.wantBuilt(done, "cart", "order", "rate", "user", "web")
	w.wantPulls("cart", "order", "rate", "user", "web")
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

// example runs the TaskRun of an example file, which must end well, after what
// else stands in the file. Params are added to those of the file.
func (w *world) example(file string, names []string, params map[string]string) *v1.TaskRun {
	w.t.Helper()
	var run *v1.TaskRun
	for part := range bytes.SplitSeq([]byte(w.exampleText(file, names)), []byte("\n---\n")) {
		var kind metav1.TypeMeta
		w.must(yaml.Unmarshal(part, &kind))
		if kind.Kind != "TaskRun" {
			w.must(w.Apply(w.ctx, part))
			continue
		}
		run = &v1.TaskRun{}
		w.must(yaml.UnmarshalStrict(part, run))
	}
	for name, value := range params {
		run.Spec.Params = append(run.Spec.Params, v1.Param{Name: name, Value: *v1.NewStructuredValues(value)})
	}
	done, err := w.RunTask(w.ctx, run)
	w.must(err)
	if !done.IsSuccessful() {
		w.t.Fatalf("%s: %s", file, loop.Outcome(done))
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
