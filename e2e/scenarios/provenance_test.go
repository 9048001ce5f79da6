// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"context"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// provenance holds the digests that the nodes pulled for the steps of a world
// to those of the images that were built from this tree.
func (w *world) provenance(ctx context.Context) {
	w.t.Helper()
	built := map[string]bool{}
	for _, ref := range where.Images {
		built[digestOf(ref)] = true
	}
	for _, s := range w.steps(ctx) {
		if !built[digestOf(s.ImageID)] {
			w.t.Errorf("%s ran %s, which was not built from this tree", s.Name, s.ImageID)
		}
	}
}

// steps are the containers of all steps that ran, which may be none.
func (w *world) steps(ctx context.Context) []corev1.ContainerStatus {
	w.t.Helper()
	pods, err := w.Kube.CoreV1().Pods(w.Namespace).List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/managed-by=tekton-pipelines"})
	if err != nil {
		w.t.Error(err)
		return nil
	}
	var steps []corev1.ContainerStatus
	for _, pod := range pods.Items {
		for _, s := range pod.Status.ContainerStatuses {
			if strings.HasPrefix(s.Name, "step-") && s.ImageID != "" {
				steps = append(steps, s)
			}
		}
	}
	return steps
}

func digestOf(ref string) string {
	_, digest, _ := strings.Cut(ref, "@")
	return digest
}

// wantPrograms asserts of which programs the steps of all runs were, by the
// digests that ran.
func (w *world) wantPrograms(want ...string) {
	w.t.Helper()
	ran := map[string]bool{}
	for _, s := range w.steps(w.ctx) {
		ran[digestOf(s.ImageID)] = true
	}
	var programs []string
	for program, ref := range where.Images {
		if ran[digestOf(ref)] {
			programs = append(programs, path.Base(program))
		}
	}
	slices.Sort(programs)
	if !slices.Equal(programs, want) {
		w.t.Errorf("the runs ran %v, want %v", programs, want)
	}
}
