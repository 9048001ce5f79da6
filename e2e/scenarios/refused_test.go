// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"github.com/adze-ci/adze/e2e/loop"
)

// vulnerable gives a service a package that a scanner knows: minimist 1.2.5 has
// CVE-2021-44906, critical, fixed in 1.2.6.
func vulnerable(service string) map[string]string { return withMinimist(service, "1.2.5") }

// harmless gives it the version that mends it.
func harmless(service string) map[string]string { return withMinimist(service, "1.2.6") }

func withMinimist(service, version string) map[string]string {
	inContext := map[string]string{"cart": "microservices/cart/", "order": "microservices/order/", "rate": "rate/"}[service]
	return map[string]string{
		"microservices/" + service + "/Dockerfile": "FROM " + where.Base + `
COPY ` + inContext + `text /www/index.html
COPY ` + inContext + `node_modules /app/node_modules
USER 65532
CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]
`,
		"microservices/" + service + "/node_modules/minimist/package.json": `{"name": "minimist", "version": "` + version + `", "license": "MIT"}` + "\n",
	}
}

// Whichever of four services is refused, the others come through, and the run
// still ends Failed. In the end all pass. A service has two contents, of which
// the one that passes is built once.
func TestRefusedServicesHoldBackNoOther(t *testing.T) {
	w := newWorld(t)
	all := []string{"order", "rate", "user", "web"}
	for _, c := range []struct {
		name    string
		refused []string
	}{
		{"first", []string{"order"}}, {"middle", []string{"rate"}}, {"last", []string{"web"}}, {"all", all}, {"none", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := w.on(t)
			files, passed := map[string]string{}, []string(nil)
			for _, s := range all {
				if slices.Contains(c.refused, s) {
					maps.Copy(files, vulnerable(s))
				} else {
					maps.Copy(files, harmless(s))
					passed = append(passed, s)
				}
			}
			commit := w.push(c.name+" refused", files)
			run := w.finished(commit)
			if run.IsSuccessful() != (len(c.refused) == 0) {
				t.Errorf("run %s: %s", run.Name, loop.Outcome(run))
			}
			w.wantBuilt(run, all...)
			for _, s := range all {
				w.wantTag(s, commit, slices.Contains(passed, s))
			}
			for _, s := range c.refused {
				w.wantStep(w.task(run, "image", s), "scan-gate", 3)
			}
			w.wantProposed(commit, passed...)
			w.wantReport(run, fmt.Sprintf("4 affected, %d passed", len(passed)))
		})
	}
}

// wantReport asserts what the run's own account says.
func (w *world) wantReport(run *v1.PipelineRun, text string) {
	w.t.Helper()
	w.wantLog(run, "report", "", "report", text)
}

// A Dockerfile that fails holds back its own service alone.
func TestDockerfileFails(t *testing.T) {
	w := newWorld(t)
	commit := w.push("break cart", map[string]string{
		"microservices/cart/build.sh": "echo there is no way >&2; exit 3\n",
		"microservices/web/text":      "new\n",
	})
	run := w.failed(commit)
	w.wantTag("cart", commit, false)
	w.wantPulls("web")
	w.wantLines(w.task(run, "image", "cart"), "kaniko-build", "there is no way",
		"error: building Dockerfile:5 RUN mkdir /out && sh cart/build.sh > /out/index.html: failed with exit status 3")
	// Mended by the next push, which builds cart alone, for web is deployed.
	w.mergeAll()
	commit = w.push("mend cart", map[string]string{"microservices/cart/build.sh": "cat cart/text\n"})
	w.wantBuilt(w.succeeded(commit), "cart")
	w.wantPulls("cart")
}
