// SPDX-License-Identifier: Apache-2.0

package pipelines

import (
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/apis/pipeline/v1beta1"
	"github.com/tektoncd/pipeline/pkg/workspace"
	corev1 "k8s.io/api/core/v1"

	"github.com/adze-ci/adze/internal/objecttest"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// mounted are the Secrets and ConfigMaps that each step of a Task sees when all
// workspaces are bound, as Tekton's own code mounts them.
func mounted(t *testing.T, name string) map[string][]string {
	t.Helper()
	task := objecttest.Get[v1.Task](t, everything(t), name)
	var bindings []v1.WorkspaceBinding
	for _, w := range task.Spec.Workspaces {
		bindings = append(bindings, v1.WorkspaceBinding{Name: w.Name, Secret: &corev1.SecretVolumeSource{SecretName: w.Name}})
	}
	spec, err := workspace.Apply(t.Context(), task.Spec, bindings, workspace.CreateVolumes(bindings))
	if err != nil {
		t.Fatal(err)
	}
	steps, err := v1.MergeStepsWithStepTemplate(spec.StepTemplate, spec.Steps)
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{}
	for _, v := range spec.Volumes {
		if v.Secret != nil {
			secrets[v.Name] = v.Secret.SecretName
		}
	}
	seen := map[string][]string{}
	for _, s := range steps {
		for _, m := range s.VolumeMounts {
			if name, ok := secrets[m.Name]; ok {
				seen[s.Name] = append(seen[s.Name], name)
			}
		}
		slices.Sort(seen[s.Name])
	}
	return seen
}

// The certificates are public, and the build needs them to pull its base; what it
// pulls private bases with can do no more, and build secrets are meant for RUN lines;
// the step that looks for the image reads their names.
func TestSecretsReachTheirStepsOnly(t *testing.T) {
	want := map[string][]string{
		"fetch":        {"ca", "git-credentials", "manifests-credentials"},
		"reuse":        {"build-secrets", "ca", "dockerconfig", "pullconfig"},
		"kaniko-build": {"build-secrets", "ca", "pullconfig"},
		"harbor-push":  {"ca", "dockerconfig"},
		"scan-gate":    {"ca", "dockerconfig", "policy", "scanner-token"},
	}
	if got := mounted(t, "Task/image"); !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("steps see %v, want %v", got, want)
	}
}

// The build step's folders are the source, the layout and the empty one over
// the token; none of them holds a credential.
func TestBuildStepHoldsNoCredentials(t *testing.T) {
	all := everything(t)
	task := objecttest.Get[v1.Task](t, all, "Task/image")
	mounts := map[string]string{}
	for _, m := range task.Spec.StepTemplate.VolumeMounts {
		mounts[m.MountPath] = m.Name
	}
	if got := mounts["/var/run/secrets/kubernetes.io/serviceaccount"]; got != "no-token" {
		t.Errorf("%q lies where a token would be mounted", got)
	}
	for _, v := range task.Spec.Volumes {
		if v.EmptyDir == nil {
			t.Errorf("volume %s is no empty folder", v.Name)
		}
	}
	action := objecttest.Get[v1beta1.StepAction](t, all, "StepAction/kaniko-build")
	for _, e := range action.Spec.Env {
		if e.ValueFrom != nil {
			t.Errorf("variable %s comes from elsewhere", e.Name)
		}
	}
	for _, s := range task.Spec.Steps {
		if s.Name == "kaniko-build" && (len(s.EnvFrom) > 0 || s.SecurityContext != nil) {
			t.Errorf("step %s takes variables or rights that its StepAction does not have", s.Name)
		}
	}
}

// What the build step writes goes to two readers: the push reads the layout,
// and people read "outcome".
func TestBuildStepDecidesNothing(t *testing.T) {
	task := objecttest.Get[v1.Task](t, everything(t), "Task/image")
	for _, s := range task.Spec.Steps {
		for _, p := range s.Params {
			if strings.Contains(p.Value.StringVal, "$(steps.kaniko-build.") {
				t.Errorf("step %s takes %s from the build", s.Name, p.Name)
			}
		}
	}
	for _, r := range task.Spec.Results {
		if r.Value == nil {
			t.Errorf("result %s is read from a folder that every step can write to", r.Name)
		} else if strings.Contains(r.Value.StringVal, "$(steps.kaniko-build.") && r.Name != "outcome" {
			t.Errorf("result %s comes from the build", r.Name)
		}
	}
}

// What is found out before the build stands in a folder that no step after can
// write to; the build's own steps could else say that any layer is a base's.
func TestPlanIsWrittenBeforeTheBuildOnly(t *testing.T) {
	all := everything(t)
	task := objecttest.Get[v1.Task](t, all, "Task/image")
	seen := false
	for _, m := range task.Spec.StepTemplate.VolumeMounts {
		if m.Name == "plan" {
			seen = true
			if !m.ReadOnly {
				t.Error("every step can write to the plan")
			}
		}
	}
	if !seen {
		t.Error("no step can read the plan")
	}
	for _, s := range task.Spec.Steps {
		for _, p := range s.Params {
			if p.Value.StringVal == "plan" && (s.Name != "reuse" || p.Name != "plan-volume") {
				t.Errorf("step %s is given the plan's volume as %s", s.Name, p.Name)
			}
		}
	}
}

// What decides comes from the step before the build; only the layout is the build's.
func TestReuseDecides(t *testing.T) {
	task := objecttest.Get[v1.Task](t, everything(t), "Task/image")
	want := map[string]string{
		"kaniko-build reused": "$(steps.reuse.results.IMAGE_DIGEST)",
		"harbor-push from":    "$(steps.reuse.results.from)",
		"scan-gate image":     "$(steps.harbor-push.results.IMAGE_REF)",
		"scan-gate tag":       "$(params.revision)",
		"scan-gate key-tag":   "$(steps.reuse.results.key-tag)",
		"reuse image":         "$(steps.fetch.results.image)",
		"reuse input-hash":    "$(steps.fetch.results.input-hash)",
	}
	for _, s := range task.Spec.Steps {
		for _, p := range s.Params {
			key := s.Name + " " + p.Name
			if value, ok := want[key]; ok && p.Value.StringVal != value {
				t.Errorf("%s is %s, want %s", key, p.Value.StringVal, value)
			}
			delete(want, key)
		}
	}
	if len(want) > 0 {
		t.Errorf("not given at all: %v", want)
	}
}

// What changes the image is part of the key, so both steps must get the same.
func TestReuseLooksForWhatWouldBeBuilt(t *testing.T) {
	task := objecttest.Get[v1.Task](t, everything(t), "Task/image")
	given := map[string]map[string]v1.ParamValue{}
	for _, s := range task.Spec.Steps {
		given[s.Name] = map[string]v1.ParamValue{}
		for _, p := range s.Params {
			given[s.Name][p.Name] = p.Value
		}
	}
	for _, name := range []string{"context", "dockerfile", "target", "build-arg", "extra-arg", "image", "registry-mirror", "registry-map", "build-secrets", "root-owned"} {
		if one, two := given["reuse"][name], given["kaniko-build"][name]; !reflect.DeepEqual(one, two) || one.Type == "" {
			t.Errorf("%s: reuse gets %v, the build %v", name, one, two)
		}
	}
	for _, name := range []string{"reproducible", "ignore-path"} {
		if one, two := given["reuse"][name], given["kaniko-build"][name]; !reflect.DeepEqual(one, two) {
			t.Errorf("%s: reuse gets %v, the build %v", name, one, two)
		}
	}
}

// No volume claim anywhere, and all but the build run as nobody, unprivileged,
// on a root that cannot be written to.
func TestSecurityContexts(t *testing.T) {
	for _, name := range []string{"ci.yaml", "image.yaml", "report.yaml", "retag.yaml", "changes.yaml", "../triggers/triggertemplate.yaml"} {
		if strings.Contains(strings.ToLower(read(t, name)), "volumeclaim") {
			t.Errorf("%s asks for a volume", name)
		}
	}
	all := everything(t)
	for key, o := range all {
		switch o := o.(type) {
		case *v1beta1.StepAction:
			if o.Name != "kaniko-build" {
				checkSecurity(t, key, o.Spec.SecurityContext)
			}
		case *v1.Task:
			for _, s := range o.Spec.Steps {
				if s.Ref == nil && o.Name != "kaniko-build" {
					checkSecurity(t, key+" step "+s.Name, s.SecurityContext)
				}
			}
		}
	}
}

func checkSecurity(t *testing.T, where string, c *corev1.SecurityContext) {
	t.Helper()
	yes := func(b *bool) bool { return b != nil && *b }
	no := func(b *bool) bool { return b != nil && !*b }
	switch {
	case c == nil:
		t.Errorf("%s has no securityContext", where)
	case !yes(c.RunAsNonRoot), !yes(c.ReadOnlyRootFilesystem), !no(c.AllowPrivilegeEscalation):
		t.Errorf("%s: runAsNonRoot, readOnlyRootFilesystem or allowPrivilegeEscalation is lax", where)
	case c.Capabilities == nil || !slices.Equal(c.Capabilities.Drop, []corev1.Capability{"ALL"}) || len(c.Capabilities.Add) > 0:
		t.Errorf("%s keeps capabilities %v", where, c.Capabilities)
	case c.SeccompProfile == nil || c.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault:
		t.Errorf("%s: no seccomp profile", where)
	}
}
