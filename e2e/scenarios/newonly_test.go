// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"maps"
	"strings"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"github.com/adze-ci/adze/e2e/loop"
)

// A policy for new findings alone lets through what is deployed with the same, and
// nothing else: what is deployed is read from the manifests, and where nobody reads
// them all findings are new.
func TestNewOnly(t *testing.T) {
	w := newWorld(t)
	w.policy("ignore: " + except("CVE-2021-44906"))
	deployed := w.beside("rate: vulnerable", vulnerable("rate"))
	w.gated("rate", deployed, nil, true)

	w.policy("newOnly: true")
	manifest := w.git("show", "HEAD:manifests/rate/app.yaml")
	files := vulnerable("web")
	maps.Copy(files, map[string]string{
		"manifests/rate/app.yaml": strings.ReplaceAll(manifest, "rate:"+w.First, "rate:"+deployed) + "\n",
		"microservices/rate/text": "another\n",
	})
	next := w.beside("deploy rate; web: vulnerable", files)
	compare := map[string]string{"compare-deployed": "true", "manifests-revision": next}

	t.Run("judged", func(t *testing.T) {
		for service, good := range map[string]bool{"rate": true, "web": false} {
			t.Run(service, func(t *testing.T) {
				t.Parallel()
				w := w.on(t)
				w.wantVerdict(w.gated(service, next, compare, good), good)
				w.wantTag(service, next, good)
			})
		}
	})
	w.wantVerdict(w.gated("rate", next, nil, false), false)
}

// gated runs the Task image for a service with more params, by the policy that is
// there and with Trivy; it must end well or badly.
func (w *world) gated(service, commit string, params map[string]string, good bool) *v1.TaskRun {
	w.t.Helper()
	all := map[string]string{"registry": w.ImagePrefix, "db-repository": w.Database}
	maps.Copy(all, params)
	return w.image(service, commit, all, good)
}

// wantVerdict asserts what the gate made of an image that was built or found.
func (w *world) wantVerdict(image *v1.TaskRun, pass bool) {
	w.t.Helper()
	code, verdict := int32(3), "refused"
	if pass {
		code, verdict = 0, "pass"
	}
	w.wantStep(image, "scan-gate", code)
	if got := loop.Result(image, "verdict"); got != verdict {
		w.t.Errorf("%s: the verdict is %q, want %q", image.Name, got, verdict)
	}
}
