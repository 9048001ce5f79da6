// SPDX-License-Identifier: Apache-2.0

package triggers

import (
	"bytes"
	"slices"
	"testing"

	"github.com/tektoncd/triggers/pkg/apis/triggers/contexts"
	triggersv1 "github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"knative.dev/pkg/apis"

	"github.com/adze-ci/adze/internal/objecttest"
)

// typeOf is the type of what this folder holds.
func typeOf(kind string) any {
	switch kind {
	case "EventListener":
		return &triggersv1.EventListener{}
	case "Trigger":
		return &triggersv1.Trigger{}
	case "TriggerBinding":
		return &triggersv1.TriggerBinding{}
	case "TriggerTemplate":
		return &triggersv1.TriggerTemplate{}
	case "ServiceAccount":
		return &corev1.ServiceAccount{}
	case "Secret":
		return &corev1.Secret{}
	case "ConfigMap":
		return &corev1.ConfigMap{}
	case "Role":
		return &rbacv1.Role{}
	case "RoleBinding":
		return &rbacv1.RoleBinding{}
	case "ClusterRole":
		return &rbacv1.ClusterRole{}
	case "ClusterRoleBinding":
		return &rbacv1.ClusterRoleBinding{}
	}
	return nil
}

// load reads objects of this folder.
func load(t *testing.T, globs ...string) objecttest.Objects {
	t.Helper()
	return objecttest.Load(t, typeOf, globs...)
}

func TestObjectsAreValid(t *testing.T) {
	for key, object := range load(t, "*.yaml", "examples/*.yaml") {
		t.Run(key, func(t *testing.T) {
			ctx := apis.WithinCreate(contexts.WithUpgradeViaDefaulting(t.Context()))
			if d, ok := object.(apis.Defaultable); ok {
				d.SetDefaults(ctx)
			}
			v, ok := object.(apis.Validatable)
			if !ok {
				return
			}
			if err := v.Validate(ctx); err != nil {
				t.Errorf("Triggers refuses it: %v", err)
			}
		})
	}
}

// The listener may do what its pod does, and nothing beside it.
func TestRoles(t *testing.T) {
	all := load(t, "rbac.yaml")
	triggersGroup, tektonGroup := []string{"triggers.tekton.dev"}, []string{"tekton.dev"}
	for _, tc := range []struct {
		key  string
		got  []rbacv1.PolicyRule
		want []rbacv1.PolicyRule
	}{
		{"Role/adze-listener", objecttest.Get[rbacv1.Role](t, all, "Role/adze-listener").Rules, []rbacv1.PolicyRule{
			{APIGroups: triggersGroup, Resources: []string{"eventlisteners", "triggers", "triggerbindings", "triggertemplates", "interceptors"}, Verbs: []string{"list", "watch"}},
			{APIGroups: tektonGroup, Resources: []string{"pipelineruns"}, Verbs: []string{"create"}},
		}},
		{"ClusterRole/adze-listener", objecttest.Get[rbacv1.ClusterRole](t, all, "ClusterRole/adze-listener").Rules, []rbacv1.PolicyRule{
			{APIGroups: triggersGroup, Resources: []string{"clusterinterceptors", "clustertriggerbindings"}, Verbs: []string{"list", "watch"}},
		}},
		{"Role/adze-report", objecttest.Get[rbacv1.Role](t, all, "Role/adze-report").Rules, []rbacv1.PolicyRule{
			{APIGroups: tektonGroup, Resources: []string{"taskruns"}, Verbs: []string{"list"}},
		}},
	} {
		if !slices.EqualFunc(tc.got, tc.want, func(a, b rbacv1.PolicyRule) bool { return a.String() == b.String() }) {
			t.Errorf("%s grants %v, want %v", tc.key, tc.got, tc.want)
		}
	}
	roles := 0
	for key := range all {
		if k, _, _ := bytes.Cut([]byte(key), []byte("/")); bytes.HasSuffix(k, []byte("Role")) {
			roles++
		}
	}
	if roles != 3 {
		t.Errorf("%d roles, want the 3 that are checked here", roles)
	}
}

// Tekton mounts annotated Secrets of the run's account into every step, the
// build's too; and only the report step may have a token.
func TestRunAccountHoldsNothing(t *testing.T) {
	sa := objecttest.Get[corev1.ServiceAccount](t, load(t, "rbac.yaml"), "ServiceAccount/adze")
	if len(sa.Secrets) > 0 || sa.AutomountServiceAccountToken == nil || *sa.AutomountServiceAccountToken {
		t.Errorf("ServiceAccount adze: secrets %v, automount %v; want none and false", sa.Secrets, sa.AutomountServiceAccountToken)
	}
}
