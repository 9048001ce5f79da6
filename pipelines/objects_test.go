// SPDX-License-Identifier: Apache-2.0

package pipelines

import (
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/apis/pipeline/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/adze-ci/adze/internal/objecttest"
)

// typeOf is the type of what pipelines/ and tasks/ hold: Tekton's, and what
// node-resolv is installed with.
func typeOf(kind string) any {
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
	case "DaemonSet":
		return &appsv1.DaemonSet{}
	case "ConfigMap":
		return &corev1.ConfigMap{}
	case "Namespace":
		return &corev1.Namespace{}
	case "PersistentVolumeClaim":
		return &corev1.PersistentVolumeClaim{}
	case "ServiceAccount":
		return &corev1.ServiceAccount{}
	case "Role":
		return &rbacv1.Role{}
	case "RoleBinding":
		return &rbacv1.RoleBinding{}
	}
	return nil
}

// everything are the objects of pipelines/ and tasks/ together.
func everything(t *testing.T) objecttest.Objects {
	t.Helper()
	return objecttest.Load(t, typeOf, "*.yaml", "examples/*.yaml", "../tasks/*/*.yaml")
}

func TestTektonAcceptsAll(t *testing.T) {
	accepted := 0
	for key, o := range everything(t) {
		defaults, ok := o.(apis.Defaultable)
		if !ok {
			continue // not Tekton's
		}
		accepted++
		t.Run(key, func(t *testing.T) {
			ctx := apis.WithinCreate(t.Context())
			if m, ok := o.(metav1.Object); ok && m.GetGenerateName() != "" {
				m.SetName(m.GetGenerateName() + "x7k2p") // as the API server does before it asks
			}
			defaults.SetDefaults(ctx)
			if err := o.(apis.Validatable).Validate(ctx); err != nil {
				t.Errorf("Tekton refuses it: %v", err)
			}
		})
	}
	if accepted == 0 {
		t.Error("there is nothing of Tekton's")
	}
}
