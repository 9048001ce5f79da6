// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/random"

	"github.com/adze-ci/adze/e2e/harbor/harbortest"
	"github.com/adze-ci/adze/internal/step"
)

// account is somebody who pushes a layout to a Harbor: the stand-in, or a real one
// where the environment names it.
type account struct {
	*harbortest.Harbor

	t      *testing.T
	config string
	dir    string
}

func login(t *testing.T, h *harbortest.Harbor, user, password string) *account {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"auths": map[string]any{h.Host: map[string]string{"username": user, "password": password}}})
	if err != nil {
		t.Fatal(err)
	}
	a := &account{Harbor: h, t: t, config: filepath.Join(t.TempDir(), "config.json"), dir: filepath.Join(t.TempDir(), "oci")}
	if err := os.WriteFile(a.config, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	img, err := random.Image(5000, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeLayout(a.dir, img); err != nil {
		t.Fatal(err)
	}
	return a
}

func admin(t *testing.T, h *harbortest.Harbor) *account { return login(t, h, h.User, h.Password) }

// push runs the command, and gives the reference, the result outcome and what it
// wrote to stderr.
func (a *account) push(repository string, args ...string) (code step.Code, ref, outcome, said string) {
	a.t.Helper()
	file := filepath.Join(a.t.TempDir(), "outcome")
	args = append([]string{"--from=" + a.dir, "--image=" + a.Host + "/" + repository, "--docker-config=" + a.config, "--ca-file=" + a.CAFile, "--result-outcome=" + file}, args...)
	if strings.HasPrefix(a.URL, "http:") {
		args = append(args, "--insecure="+a.Host)
	}
	var out, errs bytes.Buffer
	code = run(a.t.Context(), &out, &errs, args...)
	word, err := os.ReadFile(file)
	if err != nil {
		a.t.Fatal(err)
	}
	return code, strings.TrimSpace(out.String()), string(word), errs.String()
}

// api asks Harbor as the administrator, and gives the answer.
func (a *account) api(method, path string, body any) string {
	a.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		a.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(context.WithoutCancel(a.t.Context()), method, a.URL+"/api/v2.0"+path, bytes.NewReader(raw))
	if err != nil {
		a.t.Fatal(err)
	}
	req.SetBasicAuth(a.User, a.Password)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	answer, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil || resp.StatusCode >= http.StatusMultipleChoices {
		a.t.Fatalf("%s %s: %s, %s, %v", method, path, resp.Status, answer, err)
	}
	return string(answer)
}

// Where images that were not scanned may not be pulled, they are pushed and
// tagged all the same, and again.
func TestHarborPreventsPulls(t *testing.T) {
	h := harbortest.Target(t)
	project := h.Project(t, map[string]string{"prevent_vul": "true"})
	a := admin(t, h)
	for _, want := range []string{"pushed", "present"} {
		if code, _, outcome, said := a.push(project+"/app", "--tag=v1"); code != step.CodeDone || outcome != want {
			t.Fatalf("exit code %d, outcome %s, want %s: %s", code, outcome, want, said)
		}
	}
	_, ref, _, _ := a.push(project + "/app")
	if code, _, outcome, said := a.push(project+"/app", "--from="+ref, "--tag=v2"); code != step.CodeDone || outcome != "present" {
		t.Errorf("tagging what is there: exit code %d, outcome %s: %s", code, outcome, said)
	}
	if code, _, outcome, said := a.push(project+"/copy", "--from="+ref); code != step.CodeFailed || outcome != "pull-forbidden" {
		t.Errorf("copying it: exit code %d, outcome %s: %s", code, outcome, said)
	}
}

// A project is made when that is asked for, by who may, and then the image goes up
// and gets the labels that there are.
func TestHarborGetsAProject(t *testing.T) {
	h := harbortest.Target(t)
	a := admin(t, h)
	project := "adze-test-" + strings.ToLower(rand.Text()[:10])
	if code, _, outcome, said := a.push(project + "/app"); code != step.CodeFailed || outcome != "missing-project" || !strings.Contains(said, "--create-project") {
		t.Errorf("exit code %d, outcome %s: %s", code, outcome, said)
	}
	user, secret := h.Robot(t, h.Project(t, nil), "repository:push", "repository:pull")
	if code, _, _, said := login(t, h, user, secret).push(project+"/app", "--create-project"); code != step.CodeFailed || !strings.Contains(said, "project:create") && !strings.Contains(said, "repository:push") {
		t.Errorf("by an account of another project: exit code %d: %s", code, said)
	}
	for _, want := range []string{"pushed", "present"} {
		code, _, outcome, said := a.push(project+"/app", "--create-project", "--tag=v1")
		if code != step.CodeDone || outcome != want {
			t.Fatalf("exit code %d, outcome %s: %s", code, outcome, said)
		}
	}
	t.Cleanup(func() {
		a.api(http.MethodDelete, "/projects/"+project+"/repositories/app", nil)
		a.api(http.MethodDelete, "/projects/"+project, nil)
	})
	if got := a.api(http.MethodGet, "/projects/"+project, nil); !strings.Contains(got, `"public":"false"`) {
		t.Errorf("the project is not private: %s", got)
	}
}

// Labels that there are are put on the image, however many have that name within
// theirs; another is told.
func TestHarborLabels(t *testing.T) {
	h := harbortest.Start(t)
	var mu sync.Mutex
	var put []string
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/api/v2.0/labels" && r.URL.Query().Get("scope") == "g" && r.URL.Query().Get("page") == "1":
			_, _ = io.WriteString(w, `[`+strings.Repeat(`{"id":8,"name":"reviewed-twice"},`, 99)+`{"id":8,"name":"reviewed-twice"}]`)
		case r.URL.Path == "/api/v2.0/labels" && r.URL.Query().Get("scope") == "g":
			_, _ = io.WriteString(w, `[{"id":7,"name":"reviewed"}]`)
		case r.URL.Path == "/api/v2.0/labels":
			_, _ = io.WriteString(w, `[]`)
		case strings.HasSuffix(r.URL.Path, "/labels"):
			body, _ := io.ReadAll(r.Body)
			mu.Lock()
			put = append(put, string(body))
			mu.Unlock()
		default:
			w.Header().Del("Content-Type")
			h.Server.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(front.Close)
	project := h.Project(t, nil)
	h.URL, h.Host = front.URL, strings.TrimPrefix(front.URL, "http://")
	code, _, _, said := admin(t, h).push(project+"/app", "--label", "reviewed", "nobody-made-this", "--")
	if code != step.CodeDone || !strings.Contains(said, "nobody-made-this") {
		t.Errorf("exit code %d: %s", code, said)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(put) != 1 || !strings.Contains(put[0], `"id":7`) {
		t.Errorf("put %q", put)
	}
}

// A project that is full refuses a layer, and says by how much.
func TestHarborIsFull(t *testing.T) {
	h := harbortest.Target(t)
	a := admin(t, h)
	project := "adze-test-" + strings.ToLower(rand.Text()[:10])
	a.api(http.MethodPost, "/projects", map[string]any{"project_name": project, "storage_limit": 600})
	t.Cleanup(func() { a.api(http.MethodDelete, "/projects/"+project, nil) })
	code, _, outcome, said := a.push(project + "/app")
	if code != step.CodeFailed || outcome != "quota" || !strings.Contains(said, "600 B") || !strings.Contains(said, "have it raised") {
		t.Errorf("exit code %d, outcome %s: %s", code, outcome, said)
	}
}

// The permissions that the README names are enough, and each is needed.
func TestHarborRobotNeedsNoMore(t *testing.T) {
	h := harbortest.Target(t)
	project := h.Project(t, nil)
	for what, tc := range map[string]struct {
		permissions []string
		args        []string
		code        step.Code
		outcome     string
	}{
		"to push":           {[]string{"repository:push", "repository:pull"}, nil, step.CodeDone, "pushed"},
		"to tag":            {[]string{"repository:push", "repository:pull", "tag:create"}, []string{"--tag=v1"}, step.CodeDone, "pushed"},
		"to tag, too few":   {[]string{"repository:push", "repository:pull"}, []string{"--tag=v2"}, step.CodeFailed, "no-right"},
		"to push, too few":  {[]string{"repository:pull", "tag:create"}, nil, step.CodeFailed, "no-right"},
		"to label, too few": {[]string{"repository:push", "repository:pull"}, []string{"--label=reviewed"}, step.CodeFailed, "no-right"},
	} {
		t.Run(what, func(t *testing.T) {
			user, secret := h.Robot(t, project, tc.permissions...)
			repository := project + "/" + strings.ToLower(rand.Text()[:10])
			if code, _, outcome, said := login(t, h, user, secret).push(repository, tc.args...); code != tc.code || outcome != tc.outcome {
				t.Errorf("exit code %d, outcome %s: %s", code, outcome, said)
			}
		})
	}
}

// Each refusal of Harbor's is told by a word of its own, with what to do.
func TestHarborRefuses(t *testing.T) {
	h := harbortest.Target(t)
	project := h.Project(t, nil)
	puller, secret := h.Robot(t, project, "repository:pull")
	for what, tc := range map[string]struct {
		who                 *account
		repository          string
		outcome, says, hint string
	}{
		"no project":     {admin(t, h), "adze-test-nosuch/app", "missing-project", "not found", "create it"},
		"no right":       {login(t, h, puller, secret), project + "/app", "no-right", "action: push", "repository:push"},
		"wrong password": {login(t, h, puller, "wrong"), project + "/app", "bad-credentials", "401", "its secret another"},
	} {
		t.Run(what, func(t *testing.T) {
			code, _, outcome, said := tc.who.push(tc.repository)
			if code != step.CodeFailed || outcome != tc.outcome || !strings.Contains(said, tc.says) || !strings.Contains(said, tc.hint) {
				t.Errorf("exit code %d, outcome %s: %s", code, outcome, said)
			}
			if strings.Contains(said, secret) {
				t.Error("it shows the secret")
			}
		})
	}
}

// A tag that a rule of the project holds is taken, and nobody is told to delete it,
// for Harbor answers 412 to that.
func TestHarborHoldsTheTag(t *testing.T) {
	h := harbortest.Start(t) // a project with such a tag cannot be tidied up
	const project = "immutable"
	a := admin(t, h)
	a.api(http.MethodPost, "/projects", map[string]any{"project_name": project})
	matches := func(decoration, pattern string) []map[string]string {
		return []map[string]string{{"kind": "doublestar", "decoration": decoration, "pattern": pattern}}
	}
	a.api(http.MethodPost, "/projects/"+project+"/immutabletagrules", map[string]any{
		"disabled": false, "action": "immutable", "template": "immutable_template",
		"scope_selectors": map[string]any{"repository": matches("repoMatches", "**")}, "tag_selectors": matches("matches", "v*"),
	})
	if code, _, _, said := a.push(project+"/app", "--tag=v1"); code != step.CodeDone {
		t.Fatal(said)
	}
	for _, mode := range []string{"auto", "no"} {
		code, _, outcome, said := admin(t, h).push(project+"/app", "--tag=v1", "--harbor="+mode)
		if code != step.CodeFailed || outcome != "tag-taken" || !strings.Contains(said, "push under another tag; nothing here moves this one") {
			t.Errorf("--harbor=%s: exit code %d, outcome %s: %s", mode, code, outcome, said)
		}
	}
}

// A project that another run makes in the same moment is there, and is pushed to.
func TestHarborProjectOfAnotherRun(t *testing.T) {
	h := harbortest.Start(t)
	var conflicts atomic.Int64
	raced := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/api/v2.0/projects" {
			admin(t, h).api(http.MethodPost, "/projects", map[string]any{"project_name": "raced"})
			conflicts.Add(1)
		}
		h.Server.ServeHTTP(w, r)
	}))
	t.Cleanup(raced.Close)
	there := *h
	there.URL, there.Host = raced.URL, strings.TrimPrefix(raced.URL, "http://")
	code, _, outcome, said := admin(t, &there).push("raced/app", "--create-project")
	if code != step.CodeDone || outcome != "pushed" || conflicts.Load() != 1 {
		t.Errorf("exit code %d, outcome %s, %d conflicts: %s", code, outcome, conflicts.Load(), said)
	}
}
