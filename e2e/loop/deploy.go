// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/adze-ci/adze/e2e/sample"
)

// Deploy applies the manifests as the watched branch has them now.
func (l *Loop) Deploy(ctx context.Context) error {
	if _, err := l.Git(ctx, "pull", "--quiet", "--rebase", "origin", l.Branch); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(l.Dir, sample.Manifests, "*", "*.yaml"))
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		text.WriteString("---\n" + string(b))
	}
	return l.Apply(ctx, []byte(text.String()))
}

// WaitPod waits until the only pods of a service run the image of that tag,
// and returns the digest that the node pulled for it.
func (l *Loop) WaitPod(ctx context.Context, service, tag string) (digest string, err error) {
	want := l.ImagePrefix + "/" + service + ":" + tag
	err = poll(ctx, fmt.Sprintf("service %s to run %s", service, want), func(ctx context.Context) (bool, error) {
		pods, err := l.Kube.CoreV1().Pods(l.Namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + service})
		if err != nil || len(pods.Items) != 1 || len(pods.Items[0].Status.ContainerStatuses) == 0 {
			return false, err
		}
		pod := pods.Items[0]
		status := pod.Status.ContainerStatuses[0]
		if !status.Ready || pod.Spec.Containers[0].Image != want || pod.Status.Phase != corev1.PodRunning {
			return false, nil
		}
		_, digest, _ = strings.Cut(status.ImageID, "@")
		return true, nil
	})
	return digest, err
}
