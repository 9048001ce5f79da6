// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"regexp"
	"strings"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/adze-ci/adze/e2e/loop"
)

// decoys lie in the build context, one of each shape that the hunt looks for;
// that it finds them shows that it would find the others.
var decoys = map[string]string{
	"forge token":           "ghp_000000000000000000000000000000decaf0",
	"service-account token": "eyJkZWNveSI6dHJ1ZX0.eyJkZWNveSI6dHJ1ZX0.ZGVjb3k",
	"registry password":     `"password":"decoy-of-a-password"`,
	"webhook secret":        "DECOYDECOYDECOYDECOYDECOY2",
}

// hunt is what a thief would try in a RUN line: every file, every process's
// environment and command line, and the places where credentials use to lie.
const hunt = `#!/bin/sh
shapes='gh[ps]_[0-9A-Za-z]{20,}|eyJ[0-9A-Za-z_-]+[.]eyJ[0-9A-Za-z_-]+([.][0-9A-Za-z_-]+)?|"(auth|password|identitytoken)" *: *"[^"]*"|[A-Z2-7]{26}'
for p in /proc/[0-9]*; do
	tr '\0' '\n' < $p/environ | sed 's/^/environ: /'
	tr '\0' ' ' < $p/cmdline | sed 's/^/cmdline: /'
	echo
done 2>/dev/null
find / '(' -path /proc -o -path /sys -o -path /dev ')' -prune -o -type f -print0 2>/dev/null |
	xargs -0 grep -oHE "$shapes" 2>/dev/null | sed 's/^/found: /'
for f in /var/run/secrets/*/*/* /run/secrets/*/*/* /root/.docker/* /kaniko/.docker/* /tekton/home/.docker/* \
	/tekton/creds/* /tekton/creds-secrets/*/* /root/.git-credentials /tekton/home/.git-credentials \
	/adze/git-credentials/* /adze/dockerconfig/* /adze/policy/* /adze/ca/*; do
	[ -f $f ] && sed "s|^|lies there: $f: |" $f
done
exit 0
`

// forge writes what would let an image through wherever it can be written: the
// results of all steps and of the Task, the plan of what bases hold, and the
// build's own last words.
const forge = `#!/bin/sh
[ -s /adze/plan/plan.json ] && echo there is a plan
{ echo {} > /adze/plan/plan.json || rm -r /adze/plan/plan.json || mount -o remount,rw /adze/plan; } 2>/dev/null && echo forged the plan
find -L /tekton -type d 2>/dev/null | while read -r dir; do
	for result in IMAGE_REF=@ref@ IMAGE_DIGEST=@digest@ IMAGE_URL=@url@ image=@url@ verdict=pass outcome=built judged=@ref@ summary=says-the-thief; do
		{ printf %s "${result#*=}" > $dir/${result%%=*}; } 2>/dev/null && echo "forged $dir/${result%%=*}"
	done
done
printf '[{"key":"verdict","value":"pass","type":1},{"key":"IMAGE_DIGEST","value":"@digest@","type":1},{"key":"summary","value":"says-the-thief","type":1}]' > /tekton/termination &&
	echo forged /tekton/termination
exit 0
`

// A Dockerfile that hunts for credentials finds none, and what it forges lets
// nothing through and changes nothing.
func TestThief(t *testing.T) {
	w := newWorld(t)
	harmless, err := w.Digest(w.ctx, "web", w.First)
	w.must(err)
	url := w.ImagePrefix + "/web"
	forged := strings.NewReplacer("@ref@", url+"@"+harmless, "@digest@", harmless, "@url@", url).Replace
	files := map[string]string{
		"microservices/web/Dockerfile": "FROM " + where.Base + `
ENV DECOY=in-the-environment
WORKDIR /src
COPY . web
RUN sh web/hunt.sh
RUN sh web/forge.sh
RUN mkdir /www && cp web/text /www/index.html
USER 65532
CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]
`,
		"microservices/web/hunt.sh":   hunt,
		"microservices/web/forge.sh":  forged(forge),
		"microservices/web/decoy.txt": decoyText(),
	}
	const dependency = "microservices/web/node_modules/minimist/package.json"
	bad := maps.Clone(files)
	bad[dependency] = `{"name": "minimist", "version": "1.2.5", "license": "MIT"}` + "\n"

	commit := w.push("web: steal, and carry a vulnerability", bad)
	task := w.task(w.failed(commit), "image", "web")
	w.wantTag("web", commit, false)
	w.wantPulls()
	w.wantForged(task)
	w.wantNothingStolen(task)
	w.wantStep(task, "scan-gate", 3)
	if got := loop.Result(task, "verdict"); got != "refused" {
		t.Errorf("the verdict is %q, want refused", got)
	}

	// The twin that passes: the same without the vulnerability.
	commit = w.push("web: steal, and be harmless", map[string]string{dependency: ""})
	task = w.task(w.succeeded(commit), "image", "web")
	w.wantPulls("web")
	w.wantForged(task)
	w.wantNothingStolen(task)
	w.wantSummary("web")
	tagged, err := w.Digest(w.ctx, "web", commit)
	w.must(err)
	if tagged == "" || tagged == harmless {
		t.Errorf("tag %s is on %q; what was forged is %s", commit, tagged, harmless)
	}
	if got := loop.Result(task, "IMAGE_DIGEST"); got != tagged {
		t.Errorf("result IMAGE_DIGEST is %s, the tag is on %s; what was forged is %s", got, tagged, harmless)
	}
}

// Names that a RUN line would have lead elsewhere end the run before a step with
// credentials asks for one, or for a scanner. (What is written to /etc/hosts a kubelet
// undoes while it still starts containers of the Pod, so that file is no good here.)
func TestNamesOfThePod(t *testing.T) {
	w := newWorld(t)
	commit := w.beside("user: lead names elsewhere", map[string]string{
		"microservices/user/Dockerfile": "FROM " + where.Base + "\nRUN echo '# a line of a thief' >> /etc/resolv.conf\n",
	})
	task := w.build(commit)
	w.wantStep(task, "harbor-push", 2)
	w.wantLines(task, "harbor-push", "/etc/resolv.conf, which the containers of a Pod share, is not what it was before the build")
	w.wantTag("user", commit, false)
}

// wantSummary asserts that a pull request tells what the gate found, in the gate's words.
func (w *world) wantSummary(service string) {
	w.t.Helper()
	pull, err := w.Pull(w.ctx, service)
	w.must(err)
	gates := regexp.MustCompile("Its scan: `(no known vulnerability|[0-9]+ (critical|high|medium|low|unrated))[^`]*`")
	if body := pull.GetBody(); !gates.MatchString(body) || strings.Contains(body, "says-the-thief") {
		w.t.Errorf("the body does not tell what the gate found:\n%s", body)
	}
}

func decoyText() string {
	var b strings.Builder
	for _, d := range decoys {
		b.WriteString(d + "\n")
	}
	return b.String()
}

// wantForged asserts that the forgery took place, but where nothing can be written.
func (w *world) wantForged(task *v1.TaskRun) {
	w.t.Helper()
	log := w.stepLog(task, "kaniko-build")
	for _, file := range []string{"/tekton/results/verdict", "/tekton/results/IMAGE_DIGEST", "/tekton/termination"} {
		if !strings.Contains(log, "forged "+file) {
			w.t.Errorf("%s was not forged:\n%s", file, log)
		}
	}
	if !strings.Contains(log, "there is a plan") || strings.Contains(log, "forged the plan") {
		w.t.Errorf("the build has no plan, or can write it:\n%s", log)
	}
}

// wantNothingStolen asserts that the hunt worked, and that it found no secret
// of the namespace and no service account's token.
func (w *world) wantNothingStolen(task *v1.TaskRun) {
	w.t.Helper()
	log := w.stepLog(task, "kaniko-build")
	for what, decoy := range decoys {
		if !strings.Contains(log, decoy) {
			w.t.Errorf("the hunt does not find the decoy of a %s", what)
		}
	}
	if !strings.Contains(log, "environ: DECOY=in-the-environment") {
		w.t.Error("the hunt does not read the environment of processes")
	}
	for what, secret := range w.secrets() {
		if strings.Contains(log, secret) || strings.Contains(log, base64.StdEncoding.EncodeToString([]byte(secret))) {
			w.t.Errorf("the build sees %s", what)
		}
	}
	for _, token := range regexp.MustCompile(`eyJ[\w-]+\.(eyJ[\w-]+)`).FindAllStringSubmatch(log, -1) {
		if claims, _ := base64.RawURLEncoding.DecodeString(token[1]); strings.Contains(string(claims), "kubernetes.io") {
			w.t.Errorf("the build sees a service account's token: %s", claims)
		}
	}
	if w.t.Failed() {
		w.t.Log(log)
	}
}

// secrets are all that the namespace's Secrets hold, by what they are.
func (w *world) secrets() map[string]string {
	w.t.Helper()
	list, err := w.Kube.CoreV1().Secrets(w.Namespace).List(w.ctx, metav1.ListOptions{})
	w.must(err)
	all := map[string]string{}
	for _, s := range list.Items {
		if s.Name == "adze-pull" {
			continue // builds pull with it, and it can do no more
		}
		for key, value := range s.Data {
			what := "Secret " + s.Name + " " + key
			var config struct {
				Auths map[string]map[string]string `json:"auths"`
			}
			if json.Unmarshal(value, &config) != nil {
				all[what] = string(value)
			}
			for _, auth := range config.Auths {
				all[what+": auth"], all[what+": password"] = auth["auth"], auth["password"]
			}
		}
	}
	delete(all, "Secret adze-git username") // the word that GitHub wants in its place
	if len(all) < 5 {
		w.t.Errorf("only %d secrets to look for", len(all))
	}
	return all
}
