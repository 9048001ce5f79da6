// SPDX-License-Identifier: Apache-2.0

package harbor_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/adze-ci/adze/e2e/harbor"
	"github.com/adze-ci/adze/e2e/harbor/harbortest"
)

func image(t *testing.T) v1.Image {
	t.Helper()
	img, err := random.Image(2048, 3)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// push pushes an image under a reference below the server as a user.
func push(t *testing.T, h *harbortest.Harbor, user, secret, ref string, img v1.Image) error {
	t.Helper()
	to, err := name.ParseReference(h.Host + "/" + ref)
	if err != nil {
		t.Fatal(err)
	}
	return remote.Write(to, img, remote.WithAuth(&authn.Basic{Username: user, Password: secret}), remote.WithContext(t.Context()))
}

// ask sends a request as the administrator and returns the answer's status and
// body.
func ask(t *testing.T, h *harbortest.Harbor, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, h.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(h.User, h.Password)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

// A robot pushes with the token that a registry client gets for it, and the
// image comes back as it went.
func TestPushAndPull(t *testing.T) {
	h := harbortest.Start(t)
	project := h.Project(t, nil)
	user, secret := h.Robot(t, project, "repository:push", "repository:pull")
	img := image(t)
	if err := push(t, h, user, secret, project+"/team/app:v1", img); err != nil {
		t.Fatal(err)
	}
	ref, err := name.ParseReference(h.Host + "/" + project + "/team/app:v1")
	if err != nil {
		t.Fatal(err)
	}
	got, err := remote.Image(ref, remote.WithAuth(&authn.Basic{Username: user, Password: secret}))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(got); err != nil {
		t.Error(err)
	}
	want, _ := img.Digest()
	if has, _ := got.Digest(); has != want {
		t.Errorf("pulled %s, pushed %s", has, want)
	}
}

func TestPushWithoutRights(t *testing.T) {
	h := harbortest.Start(t)
	project := h.Project(t, nil)
	user, secret := h.Robot(t, project, "repository:pull")
	for what, err := range map[string]error{
		"a robot that may pull": push(t, h, user, secret, project+"/app:v1", image(t)),
		"a wrong secret":        push(t, h, user, "wrong", project+"/app:v1", image(t)),
		"a missing project":     push(t, h, h.User, h.Password, "nosuch/app:v1", image(t)),
	} {
		var refused *transport.Error
		if !errors.As(err, &refused) || refused.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %v, want 401 as Harbor answers to all of these", what, err)
		}
	}
}

// containerd asks for a token by POST, and by GET after a 405 alone.
func TestTokenByPost(t *testing.T) {
	h := harbortest.Start(t)
	if status, body := ask(t, h, http.MethodPost, "/service/token", "grant_type=password"); status != http.StatusMethodNotAllowed {
		t.Errorf("%d %s, want 405", status, body)
	}
}

// Two images that share nothing but the repository: a quota counts each blob of
// a project once.
func TestQuota(t *testing.T) {
	h := harbortest.Start(t)
	if status, body := ask(t, h, http.MethodPost, "/api/v2.0/projects", `{"project_name":"tiny","storage_limit":9000}`); status != http.StatusCreated {
		t.Fatal(status, body)
	}
	img := image(t)
	for _, tag := range []string{"a", "b"} { // the second time nothing is added
		if err := push(t, h, h.User, h.Password, "tiny/app:"+tag, img); err != nil {
			t.Fatal(err)
		}
	}
	err := push(t, h, h.User, h.Password, "tiny/other:a", image(t))
	var refused *transport.Error
	if !errors.As(err, &refused) || refused.StatusCode != http.StatusForbidden || !strings.Contains(err.Error(), "exceed the configured upper limit of 8.8 KiB") {
		t.Errorf("got %v", err)
	}
}

// What the stand-in does not know it says, so that no test takes a plain 404 for
// Harbor's.
func TestUnknownRoute(t *testing.T) {
	h := harbortest.Start(t)
	if status, body := ask(t, h, http.MethodGet, "/api/v2.0/labels", ""); status != http.StatusNotImplemented || !strings.Contains(body, "GET /api/v2.0/labels") {
		t.Error(status, body)
	}
}

func TestFaults(t *testing.T) {
	h := harbortest.Start(t)
	for _, f := range []harbor.Fault{{Path: "/health$", Status: 502}, {Path: "/systeminfo$", Kind: "drop", Count: -1}} {
		if err := h.Server.AddFault(f); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{http.StatusBadGateway, http.StatusOK} {
		if status, _ := ask(t, h, http.MethodGet, "/api/v2.0/health", ""); status != want {
			t.Errorf("health: %d, want %d", status, want)
		}
	}
	if resp, err := http.Get(h.URL + "/api/v2.0/systeminfo"); err == nil {
		t.Errorf("the connection was not cut: %v", resp.Body.Close())
	}
	if err := h.Server.AddFault(harbor.Fault{Kind: "nosuch"}); err == nil {
		t.Error("an unknown fault was taken")
	}
	log := fmt.Sprint(h.Server.Requests())
	if !strings.Contains(log, "502") || !strings.Contains(log, fmt.Sprint(harbor.StatusCut)) {
		t.Errorf("the log says %s", log)
	}
}

// A list has ten lines unless more are asked for, and says how many there are.
func TestPages(t *testing.T) {
	h := harbortest.Start(t)
	project := h.Project(t, nil)
	img := image(t)
	for i := range 11 {
		if err := push(t, h, h.User, h.Password, fmt.Sprintf("%s/app%02d:v1", project, i), img); err != nil {
			t.Fatal(err)
		}
	}
	for query, want := range map[string]int{"": 10, "?page=2": 1, "?page_size=100": 11, "?page=3": 0} {
		status, body := ask(t, h, http.MethodGet, "/api/v2.0/projects/"+project+"/repositories"+query, "")
		if got := strings.Count(body, `"artifact_count"`); status != http.StatusOK || got != want {
			t.Errorf("%q: %d %d lines, want %d", query, status, got, want)
		}
	}
	for _, query := range []string{"?page=0", "?page_size=101", "?page=x"} {
		if status, body := ask(t, h, http.MethodGet, "/api/v2.0/projects/"+project+"/repositories"+query, ""); status != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d %s", query, status, body)
		}
	}
}
