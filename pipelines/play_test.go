// SPDX-License-Identifier: Apache-2.0

package pipelines

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/apis/pipeline/v1beta1"
	"github.com/tektoncd/pipeline/pkg/substitution"

	"github.com/adze-ci/adze/internal/objecttest"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/harbor-push"
	"github.com/adze-ci/adze/tasks/kaniko-build"
	"github.com/adze-ci/adze/tasks/monorepo-change"
	"github.com/adze-ci/adze/tasks/scan-gate"
)

// play is one run of a Task: its steps one after the other as Tekton would run
// them, with the binaries' own code, on folders below one of its own.
type play struct {
	t    *testing.T
	root string
	// extra are flags of programs that the steps' images hold and a test does not.
	extra map[string][]string
	vars  variables
	// logs are what steps said, codes how they ended.
	logs  map[string]string
	codes map[string]step.Code
}

// variables are what $(…) may stand for.
type variables struct {
	words map[string]string
	lists map[string][]string
}

func newVariables() variables { return variables{map[string]string{}, map[string][]string{}} }

func (v variables) set(name string, value v1.ParamValue) {
	if value.Type == v1.ParamTypeArray {
		v.lists[name] = value.ArrayVal
	} else {
		v.words[name] = value.StringVal
	}
}

// defaults are the params that have one.
func (v variables) defaults(specs v1.ParamSpecs) {
	for _, spec := range specs {
		if spec.Default != nil {
			v.set("params."+spec.Name, *spec.Default)
		}
	}
}

// playTask runs a Task with some params, until a step fails that must not.
func playTask(t *testing.T, name string, params map[string]string, extra map[string][]string) *play {
	t.Helper()
	all := everything(t)
	task := objecttest.Get[v1.Task](t, all, "Task/"+name)
	p := &play{t: t, root: t.TempDir(), extra: extra, vars: newVariables(), logs: map[string]string{}, codes: map[string]step.Code{}}
	p.vars.defaults(task.Spec.Params)
	for name, value := range params {
		p.vars.words["params."+name] = value
	}
	for _, w := range task.Spec.Workspaces {
		p.vars.words["workspaces."+w.Name+".path"] = "" // none is bound
	}
	for _, dir := range []string{"source", "layout", "plan", "found"} {
		p.must(os.MkdirAll(filepath.Join(p.root, "adze", dir), 0o750))
	}
	p.must(os.Symlink("plan", filepath.Join(p.root, "adze", "plan-out"))) // one volume, mounted twice
	for _, s := range task.Spec.Steps {
		p.step(s, objecttest.Get[v1beta1.StepAction](t, all, "StepAction/"+s.Ref.Name))
		if p.codes[s.Name] != step.CodeDone && s.OnError != v1.Continue {
			break
		}
	}
	return p
}

func (p *play) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// result is what a step wrote.
func (p *play) result(step, name string) string {
	return p.vars.words["steps."+step+".results."+name]
}

// step runs one step and keeps what it wrote.
func (p *play) step(s v1.Step, action *v1beta1.StepAction) {
	own := newVariables()
	own.defaults(action.Spec.Params)
	for _, param := range s.Params {
		value := param.Value.DeepCopy()
		value.StringVal = p.inRoot(value.StringVal)
		value.ApplyReplacements(p.vars.words, p.vars.lists, nil)
		own.set("params."+param.Name, *value)
	}
	dir := filepath.Join(p.root, "results", s.Name)
	p.must(os.MkdirAll(dir, 0o750))
	for _, r := range action.Spec.Results {
		own.words["step.results."+r.Name+".path"] = filepath.Join(dir, r.Name)
	}
	var args []string
	for _, arg := range action.Spec.Args {
		args = append(args, substitution.ApplyArrayReplacements(p.inRoot(arg), own.words, own.lists)...)
	}
	name := filepath.Base(action.Spec.Image)
	var errs bytes.Buffer
	p.codes[s.Name] = step.Execute(p.t.Context(), programs()[name], slices.Concat(args, p.extra[s.Name]), &step.Env{Stdout: io.Discard, Stderr: &errs})
	p.logs[s.Name] = errs.String()
	for _, r := range action.Spec.Results {
		p.keep("steps."+s.Name+".results."+r.Name, filepath.Join(dir, r.Name), r.Type)
	}
}

// inRoot moves the folder that the YAML names.
func (p *play) inRoot(text string) string {
	return strings.Replace(text, "/adze/", p.root+"/adze/", 1)
}

// keep reads a result. One that was not written is one that no step may read.
func (p *play) keep(variable, file string, kind v1.ResultsType) {
	text, err := os.ReadFile(file)
	if err != nil {
		return
	}
	if kind != v1.ResultsTypeArray {
		p.vars.words[variable] = string(text)
		return
	}
	var list []string
	p.must(json.Unmarshal(text, &list))
	p.vars.lists[variable] = list
}

// programs are the binaries that the steps run.
func programs() map[string]step.Command {
	all := map[string]step.Command{}
	for _, c := range []step.Command{harborpush.Command(), kanikobuild.Command(), monorepochange.Command(), scangate.Command()} {
		all[c.Name] = c
	}
	return all
}

// said are all steps' lines, for a test that failed.
func (p *play) said() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(p.logs)) {
		b.WriteString(name + ":\n" + p.logs[name])
	}
	return b.String()
}
