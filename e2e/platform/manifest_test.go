// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/kubeyaml"
)

const release = `apiVersion: v1
kind: Namespace
metadata: {name: tekton-pipelines}
---
# only a comment
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: controller, namespace: tekton-pipelines}
spec:
  template:
    spec:
      containers:
        - name: controller
          args: [-nop-image, nop, -shell-image, public/shell, -shell-image-win, public/win]
          resources: {requests: {cpu: 500m}, limits: {cpu: "1"}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: webhook, namespace: tekton-pipelines}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: config-registry-cert, namespace: tekton-pipelines}
`

func TestFit(t *testing.T) {
	all, err := kubeyaml.Parse([]byte(release))
	if err != nil {
		t.Fatal(err)
	}
	p := &Platform{CA: CA{Certificate: []byte("the CA")}}
	text, err := kubeyaml.Render(p.fit(all, "local/shell@sha256:1"))
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	for _, gone := range []string{"HorizontalPodAutoscaler", "public/shell", "500m", "limits"} {
		if strings.Contains(got, gone) {
			t.Errorf("%s is still there:\n%s", gone, got)
		}
	}
	for _, want := range []string{"local/shell@sha256:1", "public/win", "the CA", "cpu: 10m"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not there:\n%s", want, got)
		}
	}
}

func TestObjects(t *testing.T) {
	all, err := kubeyaml.Parse([]byte(release))
	if err != nil {
		t.Fatal(err)
	}
	var kinds, early []string
	for _, o := range all {
		kinds = append(kinds, o.Kind())
		if first(o) {
			early = append(early, o.Name())
		}
	}
	if want := []string{"Namespace", "Deployment", "HorizontalPodAutoscaler", "ConfigMap"}; !slices.Equal(kinds, want) {
		t.Errorf("kinds %v, want %v", kinds, want)
	}
	if !slices.Equal(early, []string{"tekton-pipelines"}) {
		t.Errorf("applied first: %v", early)
	}
	if all[1].Namespace() != "tekton-pipelines" || all[0].Namespace() != "" {
		t.Error("namespaces were misread")
	}
	if _, err := kubeyaml.Parse([]byte("a: [")); err == nil {
		t.Error("broken YAML was read")
	}
}

func TestFingerprint(t *testing.T) {
	if fingerprint([]byte("ab"), []byte("c")) == fingerprint([]byte("a"), []byte("bc")) {
		t.Error("where parts end makes no difference")
	}
}

func TestByDigest(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("a", 64)
	text := []byte("localhost:5001/x/y" + digest + " localhost:5001/x:tag other/x" + digest + ` "localhost:5001/x/y` + digest + `"`)
	if got := byDigest(text, "localhost:5001"); !slices.Equal(got, []string{"localhost:5001/x/y" + digest}) {
		t.Errorf("byDigest = %v", got)
	}
}
