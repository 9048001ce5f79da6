// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"github.com/adze-ci/adze/e2e/loop"
	"github.com/adze-ci/adze/internal/soak"
)

// manyRun takes the names of all affected services to a task that wants them
// as an array, and to a matrix.
const manyRun = `
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata:
  generateName: many-
spec:
  taskRunTemplate: {serviceAccountName: adze}
  taskRunSpecs:
    - pipelineTaskName: each
      stepSpecs: [{name: change, computeResources: {requests: {memory: 1Gi}}}] # so that pods queue
  workspaces:
    - {name: git, secret: {secretName: adze-git}}
    - {name: forge, secret: {secretName: adze-forge}}
    - {name: registry, secret: {secretName: adze-registry}}
    - {name: ca, configMap: {name: adze-ca}}
  pipelineSpec:
    workspaces: [{name: git}, {name: forge}, {name: registry}, {name: ca}]
    tasks:
      - name: changes
        taskRef: {name: changes}
        params:
          - {name: url, value: https://github.com/example/monorepo.git}
          - {name: revision, value: many}
          - {name: base, value: auto}
          - {name: registry, value: REGISTRY}
        workspaces:
          - {name: git-credentials, workspace: git}
          - {name: dockerconfig, workspace: registry}
          - {name: ca, workspace: ca}
      - name: manifests
        taskRef: {name: manifest-pr}
        params:
          - {name: repo, value: example/monorepo}
          - {name: api-url, value: API}
          - {name: registry, value: REGISTRY}
          - {name: tag, value: $(tasks.changes.results.head)}
          - {name: service, value: ["$(tasks.changes.results.affected[*])"]}
        workspaces:
          - {name: forge-token, workspace: forge}
          - {name: dockerconfig, workspace: registry}
          - {name: ca, workspace: ca}
      - name: each
        matrix: {params: [{name: service, value: "$(tasks.changes.results.left[*])"}]}
        taskRef: {name: monorepo-change}
        params:
          - {name: url, value: https://github.com/example/monorepo.git}
          - {name: revision, value: $(tasks.changes.results.head)}
          - {name: base, value: auto}
          - {name: exit-code, value: "true"}
        workspaces: [{name: git-credentials, workspace: git}, {name: ca, workspace: ca}]
`

// As many affected services as a matrix takes reach the next task whole when
// Tekton compresses results. When it does not, the step says what would help.
// The matrix itself, a pod for each of them, is for `make soak`.
func TestManyServices(t *testing.T) {
	w := newWorld(t)
	names := w.publishMany()
	spec := w.manySpec()
	if soak.Long() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), time.Hour)
		defer cancel()
		w.ctx = ctx
	} else {
		spec.Spec.PipelineSpec.Tasks, spec.Spec.TaskRunSpecs = spec.Spec.PipelineSpec.Tasks[:2], nil
	}

	run := w.runCarried(spec, false)
	if !run.IsFailure() {
		t.Fatalf("run %s without compression: %s", run.Name, loop.Outcome(run))
	}
	for _, remedy := range []string{"enable-termination-message-compression", "sidecar-logs"} {
		w.wantLog(run, "changes", "", "change", remedy)
	}

	t.Cleanup(func() { w.compress(context.Background(), false) })
	run = w.runCarried(spec, true)
	if !run.IsSuccessful() {
		t.Fatalf("run %s with compression: %s", run.Name, loop.Outcome(run))
	}
	w.wantHandedOn(run, names)
	if soak.Long() {
		w.wantEach(run, names)
	}
}

// publishMany pushes a branch that nobody watches, with 256 services on it, and
// returns their names, sorted.
func (w *world) publishMany() []string {
	w.t.Helper()
	files := map[string]string{"adze.yaml": "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\nservices:\n  discover: [\"services/*\"]\n"}
	var names []string
	for area := range strings.FieldsSeq("account billing cart catalogue checkout customer delivery identity inventory ledger loyalty order payment pricing search stock") {
		for part := range strings.FieldsSeq("admin api audit cache cron export gateway hooks import index mail proxy queue report sync worker") {
			name := area + "-" + part
			names = append(names, name)
			files["services/"+name+"/Dockerfile"] = "FROM scratch\nCOPY . /\n"
		}
	}
	w.git("checkout", "--quiet", "--orphan", "many")
	w.git("rm", "--quiet", "-r", "--force", ".")
	_, err := w.Commit(w.ctx, fmt.Sprintf("%d services", len(names)), files)
	w.must(err)
	w.git("push", "--quiet", "origin", "HEAD:refs/heads/many")
	slices.Sort(names)
	return names
}

func (w *world) manySpec() *v1.PipelineRun {
	w.t.Helper()
	names := append(w.placeholders(""), "value: API", "value: "+w.Inside+"/api/v3", "value: REGISTRY", "value: "+w.ImagePrefix)
	var run v1.PipelineRun
	w.must(yaml.UnmarshalStrict([]byte(strings.NewReplacer(names...).Replace(manyRun)), &run))
	return &run
}

// runCarried runs to its end what spec says, its results being compressed or not.
func (w *world) runCarried(spec *v1.PipelineRun, compressed bool) *v1.PipelineRun {
	w.t.Helper()
	runs := w.Tekton.TektonV1().PipelineRuns(w.Namespace)
	for {
		w.compress(w.ctx, compressed)
		run, err := runs.Create(w.ctx, spec.DeepCopy(), metav1.CreateOptions{})
		w.must(err)
		// Each task remembers by which settings it was started.
		var was bool
		w.waitTasks(run.Name, "the first task to start", func(tasks []v1.TaskRun) bool {
			if len(tasks) == 0 || tasks[0].Status.Provenance == nil || tasks[0].Status.Provenance.FeatureFlags == nil {
				return false
			}
			was = tasks[0].Status.Provenance.FeatureFlags.EnableTerminationMessageCompression
			return true
		})
		if was == compressed {
			run, err = w.WaitDone(w.ctx, run.Name, nil)
			w.must(err)
			return run
		}
		w.must(runs.Delete(w.ctx, run.Name, metav1.DeleteOptions{}))
	}
}

// compress sets whether Tekton compresses results from now on. All scenarios
// share the setting, and to none but this one does it make a difference: Tekton
// reads both kinds.
func (w *world) compress(ctx context.Context, on bool) {
	w.t.Helper()
	patch := fmt.Appendf(nil, `{"data":{"enable-termination-message-compression":"%t"}}`, on)
	_, err := w.Kube.CoreV1().ConfigMaps("tekton-pipelines").Patch(ctx, "feature-flags", types.MergePatchType, patch, metav1.PatchOptions{})
	w.must(err)
}

// wantHandedOn asserts that the next task got all names, and found no image of
// any of them.
func (w *world) wantHandedOn(run *v1.PipelineRun, names []string) {
	w.t.Helper()
	task := w.task(run, "manifests", "")
	var got []string
	for _, p := range task.Spec.Params {
		if p.Name == "service" {
			got = p.Value.ArrayVal
		}
	}
	if !slices.Equal(got, names) {
		w.t.Errorf("the next task got %d services, want %d: %v", len(got), len(names), got)
	}
	var outcome map[string][]string
	w.must(json.Unmarshal([]byte(loop.Result(task, "outcome")), &outcome))
	if held := outcome["held-back"]; !slices.Equal(held, names) {
		w.t.Errorf("%d services were held back, want %d: %v", len(held), len(names), outcome)
	}
}

// wantEach asserts that the matrix had one good run for each name.
func (w *world) wantEach(run *v1.PipelineRun, names []string) {
	w.t.Helper()
	tasks, err := w.TaskRuns(w.ctx, run.Name)
	w.must(err)
	var got []string
	for i := range tasks {
		if loop.PipelineTask(&tasks[i]) == "each" && tasks[i].IsSuccessful() && loop.Result(&tasks[i], "any") == "true" {
			got = append(got, loop.TaskParam(&tasks[i], "service"))
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, names) {
		w.t.Errorf("the matrix had good runs for %d services, want %d: %v", len(got), len(names), got)
	}
}
