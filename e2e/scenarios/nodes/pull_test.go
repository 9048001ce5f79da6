// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import (
	"bytes"
	"fmt"
	"strings"
)

// podYAML is a pod on one node, which asks the registry whatever images it has.
const podYAML = `
apiVersion: v1
kind: Pod
metadata: {name: %q, namespace: default}
spec:
  nodeName: %q
  restartPolicy: Never
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 0
  tolerations: [{operator: Exists}]
  containers:
    - {name: main, image: %q, imagePullPolicy: Always, command: [/bin/sh, -c, exit 0]}
`

// wantPulled asserts that a node pulls the image that has an in-cluster name
// alone, and runs it.
func (w *world) wantPulled(node string) {
	w.t.Helper()
	w.wantPulledFrom(node, registryHost)
}

func (w *world) wantPulledFrom(node, host string) {
	w.t.Helper()
	image := w.images.image(host)
	ip := w.kubectl("get", "node", node, "-o", `jsonpath={.status.addresses[?(@.type=="InternalIP")].address}`)
	before := w.images.askedBy(ip)
	// Forgotten, the image has to be fetched whole.
	w.sh(node, "ctr --namespace k8s.io images rm --sync "+w.images.image(registryHost)+" "+w.images.image(overlayHost)+" || true")
	name := "pull-" + strings.TrimPrefix(node, w.Name+"-")
	pod := fmt.Appendf(nil, podYAML, name, node, image)
	for _, args := range [][]string{
		{"delete", "--ignore-not-found", "--wait", "-f", "-"},
		{"apply", "-f", "-"},
		{"wait", "--timeout=3m", "--for=jsonpath={.status.phase}=Succeeded", "-f", "-"},
	} {
		cmd := w.Kubectl(args...)
		cmd.Stdin = bytes.NewReader(pod)
		if err := cmd.Run(w.ctx); err != nil {
			w.t.Errorf("%s: %v\n%s", node, err, w.kubectl("describe", "pod", name))
			return
		}
	}
	if after := w.images.askedBy(ip); after == before {
		w.t.Errorf("%s: the registry was asked nothing from %s", node, ip)
	}
}
