// SPDX-License-Identifier: Apache-2.0

package pipelines

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/apis/pipeline/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/yaml"
)

// object is what Tekton's webhook defaults and validates.
type object interface {
	apis.Defaultable
	apis.Validatable
}

func strict(kind string) object {
	switch kind {
	case "Task":
		return &v1.Task{}
	case "Pipeline":
		return &v1.Pipeline{}
	case "TaskRun":
		return &v1.TaskRun{}
	case "PipelineRun":
		return &v1.PipelineRun{}
	case "StepAction":
		return &v1beta1.StepAction{}
	}
	return nil
}

// load reads Tekton's objects by kind and name; runs, which have no name, by
// kind and file.
func load(t *testing.T, globs ...string) map[string]object {
	t.Helper()
	all := map[string]object{}
	for _, glob := range globs {
		names, err := filepath.Glob(glob)
		if err != nil || len(names) == 0 {
			t.Fatalf("no file is named %s (%v)", glob, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for doc := range bytes.SplitSeq(text, []byte("\n---\n")) {
				add(t, all, name, doc)
			}
		}
	}
	return all
}

func add(t *testing.T, all map[string]object, file string, doc []byte) {
	t.Helper()
	var head struct {
		Kind     string
		Metadata struct{ Name string }
	}
	if err := yaml.Unmarshal(doc, &head); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	o := strict(head.Kind)
	if o == nil {
		return // not Tekton's: the DaemonSet and its account
	}
	if err := yaml.UnmarshalStrict(doc, o); err != nil {
		t.Fatalf("%s: %s %s: %v", file, head.Kind, head.Metadata.Name, err)
	}
	name := head.Metadata.Name
	if name == "" {
		name = file
	}
	if _, ok := all[head.Kind+"/"+name]; ok {
		t.Fatalf("%s: %s %s is there twice", file, head.Kind, name)
	}
	all[head.Kind+"/"+name] = o
}

func get[T any](t *testing.T, all map[string]object, key string) *T {
	t.Helper()
	o, ok := any(all[key]).(*T)
	if !ok {
		t.Fatalf("no %s among %d objects", key, len(all))
	}
	return o
}

// everything are the objects of pipelines/ and tasks/ together.
func everything(t *testing.T) map[string]object {
	t.Helper()
	return load(t, "*.yaml", "examples/*.yaml", "../tasks/*/*.yaml")
}

func TestTektonAcceptsAll(t *testing.T) {
	for key, o := range everything(t) {
		t.Run(key, func(t *testing.T) {
			ctx := apis.WithinCreate(t.Context())
			if m, ok := o.(metav1.Object); ok && m.GetGenerateName() != "" {
				m.SetName(m.GetGenerateName() + "x7k2p") // as the API server does before it asks
			}
			o.SetDefaults(ctx)
			if err := o.Validate(ctx); err != nil {
				t.Errorf("Tekton refuses it: %v", err)
			}
		})
	}
}
