// SPDX-License-Identifier: Apache-2.0

package triggers

import (
	"encoding/json"
	"os"
	"testing"

	pipelinev1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/yaml"
)

// run delivers a push and reads the PipelineRun that it makes, strictly.
func run(t *testing.T, payload map[string]any) *pipelinev1.PipelineRun {
	t.Helper()
	got := deliver(t, load(t, "*.yaml"), signed(t, payload))
	if len(got.created) != 1 {
		t.Fatalf("made %d objects (%s), want 1", len(got.created), got.refused)
	}
	pr := &pipelinev1.PipelineRun{}
	if err := yaml.UnmarshalStrict(got.created[0], pr); err != nil {
		t.Fatal(err)
	}
	return pr
}

func servicePush(t *testing.T, over fields) map[string]any {
	t.Helper()
	f := fixtures(t)
	return with(with(f["push"], fields{"commits": []any{f["service"]}}), over)
}

func TestRunIsValid(t *testing.T) {
	pr := run(t, servicePush(t, nil))
	ctx := apis.WithinCreate(t.Context())
	pr.SetDefaults(ctx)
	if err := pr.Validate(ctx); err != nil {
		t.Errorf("Tekton refuses the run: %v", err)
	}
	if auto := pr.Spec.TaskRunTemplate.PodTemplate.AutomountServiceAccountToken; auto == nil || *auto {
		t.Error("the run's pods get a token of the service account")
	}
}

// A name that comes from the push alone makes a delivery that is repeated run
// into the object that is there.
func TestOnePushIsOneRun(t *testing.T) {
	first, again := run(t, servicePush(t, nil)), run(t, servicePush(t, nil))
	if first.Name != "ci-222222222222-111111111111" || first.GenerateName != "" {
		t.Errorf("run %q (generateName %q), want ci-222222222222-111111111111", first.Name, first.GenerateName)
	}
	if again.Name != first.Name {
		t.Errorf("the same delivery again makes %s beside %s", again.Name, first.Name)
	}
	for name, over := range map[string]fields{
		"another commit":     {"after": "5555555555555555555555555555555555555555"},
		"from another one":   {"before": "5555555555555555555555555555555555555555"},
		"the branch created": {"before": zeros, "created": true},
	} {
		if got := run(t, servicePush(t, over)); got.Name == first.Name {
			t.Errorf("%s: run %s too", name, got.Name)
		}
	}
}

// The template gives each param and workspace a name that the Pipeline knows,
// and all that it asks for.
func TestRunFitsThePipeline(t *testing.T) {
	text, err := os.ReadFile("../pipelines/ci.yaml")
	if err != nil {
		t.Fatal(err)
	}
	pipeline := &pipelinev1.Pipeline{}
	if err := yaml.UnmarshalStrict(text, pipeline); err != nil {
		t.Fatal(err)
	}
	pr := run(t, servicePush(t, nil))
	if pr.Spec.PipelineRef.Name != pipeline.Name {
		t.Errorf("the run is of pipeline %s, want %s", pr.Spec.PipelineRef.Name, pipeline.Name)
	}
	given := map[string]string{}
	for _, p := range pr.Spec.Params {
		given[p.Name] = p.Value.StringVal
	}
	for _, p := range pipeline.Spec.Params {
		if _, ok := given[p.Name]; !ok && p.Default == nil {
			t.Errorf("the run lacks param %s", p.Name)
		}
		delete(given, p.Name)
	}
	if len(given) > 0 {
		t.Errorf("the pipeline has no params %v", given)
	}
	bound := map[string]bool{}
	for _, w := range pr.Spec.Workspaces {
		bound[w.Name] = true
	}
	for _, w := range pipeline.Spec.Workspaces {
		if !bound[w.Name] {
			t.Errorf("the run does not bind workspace %s", w.Name)
		}
		delete(bound, w.Name)
	}
	if len(bound) > 0 {
		t.Errorf("the pipeline has no workspaces %v", bound)
	}
}

func TestRunCarriesThePush(t *testing.T) {
	pr := run(t, servicePush(t, nil))
	want := map[string]string{
		"url":      "https://github.com/example/monorepo.git",
		"revision": "2222222222222222222222222222222222222222",
		"before":   "1111111111111111111111111111111111111111",
		"branch":   "main", "base-branch": "main",
		"repo": "example/monorepo", "source-repo": "example/monorepo", "manifests-url": "", "api-url": "https://api.github.com", "registry": "", "scanner": "trivy", "db-repository": "", "pusher": "dev",
	}
	for _, p := range pr.Spec.Params {
		if v, ok := want[p.Name]; !ok || v != p.Value.StringVal {
			t.Errorf("param %s is %q, want %q", p.Name, p.Value.StringVal, v)
		}
		delete(want, p.Name)
	}
	if len(want) > 0 {
		t.Errorf("params %v are not given", want)
	}
	if got := pr.Annotations["adze.dev/delivery"]; got != "72d3162e-cc78-11e3-81ab-4c9367dc0958" {
		t.Errorf("annotation adze.dev/delivery is %q", got)
	}
	if _, err := json.Marshal(pr); err != nil {
		t.Error(err)
	}
}
