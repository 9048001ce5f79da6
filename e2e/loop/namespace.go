// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// makeNamespace makes the namespace anew and puts in what triggers/examples
// shows: the secrets of webhook, forge and registry, the CA, the policy's place.
func (l *Loop) makeNamespace(ctx context.Context) error {
	if err := l.Remove(ctx); err != nil {
		return err
	}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: l.Namespace, Labels: map[string]string{"app.kubernetes.io/part-of": "adze"}}}
	if _, err := l.Kube.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{}); err != nil {
		return err
	}
	l.secret = word()
	for name, data := range map[string]map[string]string{
		"adze-webhook":  {"secret": l.secret},
		"adze-registry": {"config.json": l.push},
	} {
		if err := l.putSecret(ctx, name, corev1.SecretTypeOpaque, data); err != nil {
			return err
		}
	}
	// The same account pulls for builds and for the pods that are rolled out.
	if err := l.putSecret(ctx, "adze-pull", corev1.SecretTypeDockerConfigJson, map[string]string{"config.json": l.pull, ".dockerconfigjson": l.pull}); err != nil {
		return err
	}
	if err := l.Apply(ctx, []byte(pullAccount)); err != nil {
		return err
	}
	ca := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "adze-ca"}, Data: map[string]string{"ca.crt": string(l.CA)}}
	_, err := l.Kube.CoreV1().ConfigMaps(l.Namespace).Create(ctx, ca, metav1.CreateOptions{})
	return err
}

// pullAccount lets the pods of services pull from the project.
const pullAccount = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: default}
imagePullSecrets: [{name: adze-pull}]
`

func (l *Loop) putSecret(ctx context.Context, name string, kind corev1.SecretType, data map[string]string) error {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, Type: kind, StringData: data}
	_, err := l.Kube.CoreV1().Secrets(l.Namespace).Create(ctx, secret, metav1.CreateOptions{})
	return err
}

// Delete asks for the end of the loop's namespace, and of what it set up for the
// whole cluster. Pods take their time to go.
func (l *Loop) Delete(ctx context.Context) error {
	name := "adze-listener-" + l.Namespace
	rbac := l.Kube.RbacV1()
	for _, err := range []error{
		rbac.ClusterRoleBindings().Delete(ctx, name, metav1.DeleteOptions{}),
		rbac.ClusterRoles().Delete(ctx, name, metav1.DeleteOptions{}),
		l.Kube.CoreV1().Namespaces().Delete(ctx, l.Namespace, metav1.DeleteOptions{}),
	} {
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("removing the loop %s: %w", l.Namespace, err)
		}
	}
	return nil
}

// Remove deletes and waits until the namespace is gone.
func (l *Loop) Remove(ctx context.Context) error {
	if err := l.Delete(ctx); err != nil {
		return err
	}
	return poll(ctx, "namespace "+l.Namespace+" to be gone", func(ctx context.Context) (bool, error) {
		_, err := l.Kube.CoreV1().Namespaces().Get(ctx, l.Namespace, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return true, nil
		}
		return false, err
	})
}

// waitListener waits until the EventListener's pod is ready to take webhooks.
func (l *Loop) waitListener(ctx context.Context) error { return l.WaitDeployment(ctx, "el-adze") }

// WaitDeployment waits until a Deployment of the namespace has a ready pod of
// its newest generation.
func (l *Loop) WaitDeployment(ctx context.Context, name string) error {
	return poll(ctx, "deployment "+name+" to be ready", func(ctx context.Context) (bool, error) {
		d, err := l.Kube.AppsV1().Deployments(l.Namespace).Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		s := d.Status
		return s.ObservedGeneration >= d.Generation && s.UpdatedReplicas > 0 && s.ReadyReplicas == s.UpdatedReplicas && s.UnavailableReplicas == 0, nil
	})
}
