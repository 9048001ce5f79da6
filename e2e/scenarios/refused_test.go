// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"maps"
	"slices"
	"testing"
)

// vulnerable adds to a service what a scanner knows: minimist 1.2.5 has
// CVE-2021-44906, critical, fixed in 1.2.6.
func vulnerable(service string) map[string]string {
	folder := map[string]string{"cart": "microservices/cart/", "order": "microservices/order/", "rate": "rate/"}[service]
	return map[string]string{
		"microservices/" + service + "/Dockerfile": `FROM ` + where.Base + `
COPY ` + folder + `node_modules /app/node_modules
USER 65532
CMD ["httpd", "-f", "-p", "8080", "-h", "/app"]
`,
		"microservices/" + service + "/node_modules/minimist/package.json": `{"name": "minimist", "version": "1.2.5", "license": "MIT"}` + "\n",
	}
}

// Whichever of four services is refused, the others come through, and the run
// still ends Failed.
func TestRefusedServicesHoldBackNoOther(t *testing.T) {
	all := []string{"order", "rate", "user", "web"}
	for name, refused := range map[string][]string{
		"first": {"order"}, "middle": {"rate"}, "last": {"web"}, "all": all,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			files := map[string]string{}
			for _, s := range all {
				if slices.Contains(refused, s) {
					maps.Copy(files, vulnerable(s))
				} else {
					files["microservices/"+s+"/text"] = "new\n"
				}
			}
			commit := w.push("change four services", files)
			run := w.failed(commit)
			w.wantBuilt(run, all...)
			var through []string
			for _, s := range all {
				passes := !slices.Contains(refused, s)
				w.wantTag(s, commit, passes)
				if passes {
					through = append(through, s)
				}
			}
			w.wantPulls(through...)
		})
	}
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
	w.wantLog(run, "image", "cart", "kaniko-build", "there is no way")
	// Mended by the next push, which builds cart alone.
	commit = w.push("mend cart", map[string]string{"microservices/cart/build.sh": "cat cart/text\n"})
	w.wantBuilt(w.succeeded(commit), "cart")
	w.wantPulls("cart", "web")
}
