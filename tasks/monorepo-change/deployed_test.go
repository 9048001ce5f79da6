// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/soak"
	"github.com/adze-ci/adze/internal/step"
)

// rollouts is a history in which the Nth push changes the Nth service and is
// rolled out, so that each service is deployed at a commit of its own; a last
// push changes the first service once more. Manifests hold commits' ids, which
// are known only once the commits are made.
func rollouts(t *testing.T, dir string, services int) {
	t.Helper()
	var b strings.Builder
	at := 1700000000
	commit := func(branch string) {
		at++
		fmt.Fprintf(&b, "commit refs/heads/%s\nmark :%d\ncommitter c <c@example.com> %d +0000\ndata 0\n", branch, at-1700000000, at)
	}
	file := func(name, text string) { fmt.Fprintf(&b, "M 100644 inline %s\ndata %d\n%s\n", name, len(text), text) }
	commit("main")
	file("adze.yaml", "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\nregistry: registry.test/lib\nservices: {discover: ['ms/*']}\n")
	for s := range services {
		file(fmt.Sprintf("ms/s%d/Dockerfile", s), "FROM x\nCOPY . /\n")
		for f := range 5 {
			file(fmt.Sprintf("ms/s%d/src/f%d", s, f), fmt.Sprint(s, f))
		}
	}
	for s := range services {
		commit("main")
		file(fmt.Sprintf("ms/s%d/src/f0", s), "pushed")
	}
	commit("main")
	file("ms/s0/src/f1", "pushed")
	gitOutput(t, dir, b.String(), "fast-import", "--quiet", "--force")
	ids := strings.Fields(gitOutput(t, dir, "", "rev-list", "--reverse", "main"))
	b.Reset()
	commit("live")
	for s := range services {
		file(fmt.Sprintf("deploy/s%d/pod.yaml", s), fmt.Sprintf("kind: Pod\nspec:\n  containers:\n    - image: registry.test/lib/s%d:%s\n", s, ids[s+1]))
	}
	gitOutput(t, dir, b.String(), "fast-import", "--quiet", "--force")
}

// Every service may have a base of its own: that costs no more requests than one.
func TestDeployedCostsTheRequestsOfOneService(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	s := serve(t, root)
	cost := func(services int) int {
		dir := filepath.Join(root, fmt.Sprint(services))
		newRepo(t, dir, "")
		rollouts(t, dir, services)
		s.Requests()
		rep, log, code := answer(t, fmt.Sprintf("--url=%s/%d", s.URL, services), "--revision=main", "--base=deployed", "--manifests-revision=live", "--manifests-path=deploy")
		if code != step.CodeDone || rep.All || rep.Count != 1 || rep.Affected[0].Name != "s0" || rep.Affected[0].Path != "ms/s0/src/f1" {
			t.Fatalf("%+v, code %d, %s", rep, code, log)
		}
		n := len(s.Requests())
		t.Logf("%d services: %d requests, %d bytes", services, n, s.Bytes())
		return n
	}
	few, many := cost(2), cost(60)
	if few != many {
		t.Errorf("%d requests for 2 services, %d for 60", few, many)
	}
	if n := len(s.Requests()); n != 0 {
		t.Fatalf("%d requests that nobody made", n)
	}
	ids := strings.Fields(gitOutput(t, filepath.Join(root, "60"), "", "rev-list", "main"))
	if rep, log, code := answer(t, "--url="+s.URL+"/60", "--revision="+ids[0], "--before="+ids[1]); code != step.CodeDone || rep.Count != 1 {
		t.Fatalf("%+v, code %d, %s", rep, code, log)
	}
	if push := len(s.Requests()); many > push+9 {
		t.Errorf("%d requests, a push costs %d", many, push)
	}
	// A commit that is gone concerns its own service, and costs one request more.
	pod := "kind: Pod\nimage: registry.test/lib/s7:" + strings.Repeat("12", 20) + "\n"
	gitOutput(t, filepath.Join(root, "60"), fmt.Sprintf("commit refs/heads/live\ncommitter c <c@example.com> 1800000000 +0000\ndata 0\nfrom refs/heads/live^0\nM 100644 inline deploy/s7/pod.yaml\ndata %d\n%s\n", len(pod), pod), "fast-import", "--quiet")
	rep, log, code := answer(t, "--url="+s.URL+"/60", "--revision=main", "--base=deployed", "--manifests-revision=live", "--manifests-path=deploy")
	if code != step.CodeDone || rep.Count != 2 || rep.Affected[1].Name != "s7" || !strings.Contains(rep.Affected[1].Because, "is not in http") {
		t.Errorf("%+v, code %d, %s", rep, code, log)
	}
	if n := len(s.Requests()); n != many+1 {
		t.Errorf("%d requests with a commit that is gone, %d without", n, many)
	}
}

// live makes a repository with a manifest for each service that is deployed.
func live(t *testing.T, dir string, ids map[string]string) {
	t.Helper()
	manifests := tree{"manifests/none.yaml": {regular, "kind: Namespace\n"}}
	for name, id := range ids {
		manifests["manifests/"+name+".yaml"] = entry{regular, "image: registry.test/lib/" + name + ":" + id + "\n"}
	}
	var s stream
	s.commit(manifests)
	newRepo(t, dir, s.String())
}

// With bases of their own, services are affected as each is when all are
// compared with its base.
func TestEachServiceIsComparedWithItsOwnBase(t *testing.T) {
	t.Parallel()
	soak.Each(t, 3, func(t *testing.T, rnd *rand.Rand) {
		t.Parallel()
		p := newPast(t, rnd, 25)
		some, none := 0, 0
		for range 12 {
			head := 10 + rnd.IntN(len(p.ids)-10)
			all, log, code := answer(t, "--source="+p.dir, "--revision="+p.ids[head])
			if code == step.CodeMisused {
				continue // no service is there
			}
			if code != step.CodeDone || !all.All {
				t.Fatalf("c%d: code %d, %s", head, code, log)
			}
			deployed, want := map[string]string{}, map[string]string{}
			for _, name := range all.names() {
				at := max(1, head-rnd.IntN(8))
				switch {
				case rnd.IntN(8) == 0:
					want[name] = ""
				case slices.Contains(p.answer(at, head).names(), name):
					want[name] = p.ids[at]
					fallthrough
				default:
					deployed[name] = p.ids[at]
				}
			}
			dir := filepath.Join(t.TempDir(), "live")
			live(t, dir, deployed)
			rep, log, code := answer(t, "--source="+p.dir, "--revision="+p.ids[head], "--base=deployed", "--registry=registry.test/lib", "--manifests-url="+dir, "--manifests-revision=c1")
			got := map[string]string{}
			for _, a := range rep.Affected {
				got[a.Name] = a.Base
			}
			if code != step.CodeDone || rep.All || !maps.Equal(got, want) {
				t.Fatalf("c%d: got %v, want %v, deployed %v\ncode %d, %s %s", head, got, want, deployed, code, rep.Reason, log)
			}
			some, none = some+len(want), none+len(all.names())-len(want)
		}
		if some == 0 || none == 0 {
			t.Errorf("%d services were affected, %d were not: that shows nothing", some, none)
		}
	})
}

// The manifests' server gets a login of its own, and never the other's.
func TestTheManifestsServerHasALoginOfItsOwn(t *testing.T) {
	t.Parallel()
	p := newPast(t, rand.New(rand.NewPCG(5, 6)), 12)
	all, _, _ := answer(t, "--source="+p.dir, "--revision=c12")
	if len(all.names()) == 0 {
		t.Fatal("no service is there")
	}
	root := t.TempDir()
	live(t, filepath.Join(root, "live"), map[string]string{all.names()[0]: p.ids[12]})
	code, manifests := serve(t, filepath.Dir(p.dir)), serve(t, root)
	code.User, code.Password = "reader", "one"
	var shown []string
	manifests.Break = func(w http.ResponseWriter, r *http.Request) bool {
		_, password, _ := r.BasicAuth()
		shown = append(shown, password)
		if password != "two" {
			http.Error(w, "who are you", http.StatusUnauthorized)
		}
		return password != "two"
	}
	login := func(user, password string) string {
		dir := t.TempDir()
		for name, text := range map[string]string{"username": user, "password": password} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	args := []string{"--url=" + code.URL + "/repo", "--revision=c12", "--base=deployed", "--registry=registry.test/lib", "--manifests-url=" + manifests.URL + "/live", "--manifests-revision=c1", "--credentials=" + login("reader", "one")}
	rep, log, exit := answer(t, append(args, "--manifests-credentials="+login("deployer", "two"))...)
	if exit != step.CodeDone || rep.All || rep.Count != len(all.names())-1 {
		t.Errorf("code %d, %+v, %s", exit, rep, log)
	}
	if rep, log, exit := answer(t, args...); exit != step.CodeDone || !rep.All || !strings.Contains(rep.Reason, "what is deployed is not known") {
		t.Errorf("without a login: code %d, %s, %s", exit, rep.Reason, log)
	}
	if slices.Contains(shown, "one") || !slices.Contains(shown, "two") || !slices.Contains(shown, "") {
		t.Errorf("the manifests' server was shown %q", shown)
	}
}
