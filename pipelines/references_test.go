// SPDX-License-Identifier: Apache-2.0

package pipelines

import (
	"regexp"
	"slices"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/apis/pipeline/v1beta1"

	"github.com/adze-ci/adze/internal/objecttest"
)

// checkParams wants every param that has no default to be given, in the right
// type, and none that is unknown.
func checkParams(t *testing.T, where string, want v1.ParamSpecs, got v1.Params) {
	t.Helper()
	for _, p := range want {
		i := slices.IndexFunc(got, func(g v1.Param) bool { return g.Name == p.Name })
		switch {
		case i < 0 && p.Default == nil:
			t.Errorf("%s: param %s is not given", where, p.Name)
		case i >= 0 && (p.Type == v1.ParamTypeArray) != (got[i].Value.Type == v1.ParamTypeArray):
			t.Errorf("%s: param %s is given as %s, want %s", where, p.Name, got[i].Value.Type, p.Type)
		}
	}
	for _, g := range got {
		if !slices.ContainsFunc(want, func(p v1.ParamSpec) bool { return p.Name == g.Name }) {
			t.Errorf("%s: there is no param %s", where, g.Name)
		}
	}
}

func TestStepsFitTheirStepActions(t *testing.T) {
	all := everything(t)
	var steps []v1.Step
	for _, name := range []string{"Task/changes", "Task/image", "Task/retag"} {
		steps = append(steps, objecttest.Get[v1.Task](t, all, name).Spec.Steps...)
	}
	for _, s := range steps {
		action := objecttest.Get[v1beta1.StepAction](t, all, "StepAction/"+s.Ref.Name)
		checkParams(t, "step "+s.Name, action.Spec.Params, s.Params)
		for _, m := range action.Spec.VolumeMounts {
			if m.Name != "$(params.tmp)" && m.Name != "$(params.plan-volume)" {
				t.Errorf("step %s mounts %s by itself; what is mounted is for the Task to say", s.Name, m.Name)
			}
		}
	}
}

// pipelineTasks are the tasks of all Pipelines, by the file that holds them.
func pipelineTasks(t *testing.T, all objecttest.Objects) map[string][]v1.PipelineTask {
	t.Helper()
	tasks := map[string][]v1.PipelineTask{}
	for name, file := range map[string]string{"ci": "ci.yaml", "one-service": "examples/one-service.yaml", "matrix": "examples/matrix.yaml"} {
		p := objecttest.Get[v1.Pipeline](t, all, "Pipeline/"+name)
		tasks[file] = slices.Concat(p.Spec.Tasks, p.Spec.Finally)
	}
	return tasks
}

func TestPipelinesFitTheirTasks(t *testing.T) {
	all := everything(t)
	for file, tasks := range pipelineTasks(t, all) {
		for _, pt := range tasks {
			task := objecttest.Get[v1.Task](t, all, "Task/"+pt.TaskRef.Name)
			given := slices.Clone(pt.Params)
			if pt.Matrix != nil {
				for _, p := range pt.Matrix.Params {
					given = append(given, v1.Param{Name: p.Name, Value: *v1.NewStructuredValues("one of them")})
				}
			}
			checkParams(t, file+": task "+pt.Name, task.Spec.Params, given)
			for _, w := range pt.Workspaces {
				if !slices.ContainsFunc(task.Spec.Workspaces, func(d v1.WorkspaceDeclaration) bool { return d.Name == w.Name && d.Optional }) {
					t.Errorf("%s: task %s: there is no optional workspace %s", file, pt.Name, w.Name)
				}
			}
		}
	}
}

func TestExamplesFit(t *testing.T) {
	all := everything(t)
	for _, file := range []string{"examples/ci-run.yaml", "examples/one-service.yaml", "examples/matrix.yaml"} {
		run := objecttest.Get[v1.PipelineRun](t, all, "PipelineRun/"+file)
		checkParams(t, file, objecttest.Get[v1.Pipeline](t, all, "Pipeline/"+run.Spec.PipelineRef.Name).Spec.Params, run.Spec.Params)
	}
	task := objecttest.Get[v1.TaskRun](t, all, "TaskRun/examples/image-run.yaml")
	checkParams(t, "examples/image-run.yaml", objecttest.Get[v1.Task](t, all, "Task/"+task.Spec.TaskRef.Name).Spec.Params, task.Spec.Params)
}

// A result that its maker does not declare would be found missing at run time
// only, and skip a finally task without a word.
func TestResultsAreMade(t *testing.T) {
	all := everything(t)
	makers := map[string]map[string][]string{}
	for file, task := range map[string]string{"changes.yaml": "Task/changes", "image.yaml": "Task/image", "retag.yaml": "Task/retag"} {
		makers[file] = map[string][]string{}
		for _, s := range objecttest.Get[v1.Task](t, all, task).Spec.Steps {
			for _, r := range objecttest.Get[v1beta1.StepAction](t, all, "StepAction/"+s.Ref.Name).Spec.Results {
				makers[file][s.Name] = append(makers[file][s.Name], r.Name)
			}
		}
	}
	for file, tasks := range pipelineTasks(t, all) {
		makers[file] = map[string][]string{}
		for _, pt := range tasks {
			for _, r := range objecttest.Get[v1.Task](t, all, "Task/"+pt.TaskRef.Name).Spec.Results {
				makers[file][pt.Name] = append(makers[file][pt.Name], r.Name)
			}
		}
	}
	ref := regexp.MustCompile(`\$\((?:steps|tasks|finally)\.([a-z-]+)\.results\.([A-Za-z_-]+)`)
	for file, made := range makers {
		found := ref.FindAllStringSubmatch(read(t, file), -1)
		if len(found) == 0 {
			t.Errorf("%s refers to no result", file)
		}
		for _, m := range found {
			if !slices.Contains(made[m[1]], m[2]) {
				t.Errorf("%s: %s: %s makes %v", file, m[0], m[1], made[m[1]])
			}
		}
	}
}
