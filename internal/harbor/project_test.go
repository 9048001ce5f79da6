// SPDX-License-Identifier: Apache-2.0

package harbor_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/harbor/harbortest"
	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// A project is made once, by who may, and is private.
func TestCreateProject(t *testing.T) {
	h := harbortest.Start(t)
	s := admin(t, h)
	repo, err := s.images.Repository(h.Host + "/fresh/team/app")
	if err != nil {
		t.Fatal(err)
	}
	user, secret := h.Robot(t, h.Project(t, nil), "project:read")
	_, err = login(t, h, user, secret).client.CreateProject(t.Context(), repo)
	var refused *registry.Error
	if !errors.As(err, &refused) || refused.Refusal != registry.NoRight || !strings.Contains(strings.Join(step.Hints(err), ""), "project:create") {
		t.Errorf("a robot of another project: %v, hints %q", err, step.Hints(err))
	}
	for _, want := range []bool{true, false} {
		if made, err := s.client.CreateProject(t.Context(), repo); made != want || err != nil {
			t.Errorf("got %v, %v", made, err)
		}
	}
	s.push(t, "fresh/team/app")
	resp, err := http.Get(h.URL + "/api/v2.0/projects/fresh") //nolint:noctx // ends with the test
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close() //nolint:errcheck // nothing is read
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("everybody may look into the project: %s", resp.Status)
	}
}

// A registry that is no Harbor has no projects, and is asked for none.
func TestCreateProjectElsewhere(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2/" {
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(plain.Close)
	host := strings.TrimPrefix(plain.URL, "http://")
	s := login(t, &harbortest.Harbor{URL: plain.URL, Host: host}, "u", "p")
	repo, err := s.images.Repository(host + "/fresh/app")
	if err != nil {
		t.Fatal(err)
	}
	if made, err := s.client.CreateProject(t.Context(), repo); made || step.CodeOf(err) != step.CodeMisused {
		t.Errorf("got %v, %v", made, err)
	}
}

// labels answers as the API's description says: a name is looked for within names.
type labels struct {
	t      *testing.T
	of     map[string]string // the labels of a scope, as JSON
	status int               // of putting one on
	put    string
}

// ServeHTTP answers.
func (l *labels) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch q := r.URL.Query(); {
	case strings.HasSuffix(r.URL.Path, "/systeminfo"):
		_, _ = io.WriteString(w, `{"auth_mode":"db_auth"}`)
	case strings.HasSuffix(r.URL.Path, "/projects/demo"):
		_, _ = io.WriteString(w, `{"project_id":7,"name":"demo"}`)
	case strings.HasSuffix(r.URL.Path, "/labels") && r.Method == http.MethodGet:
		if (q.Get("scope") == "p") != (q.Get("project_id") == "7") || q.Get("name") != "ci" {
			l.t.Errorf("asked for labels with %s", r.URL.RawQuery)
		}
		_, _ = io.WriteString(w, l.of[q.Get("scope")])
	case strings.HasSuffix(r.URL.Path, "/labels"):
		var in struct{ ID int64 }
		body, _ := io.ReadAll(r.Body)
		if json.Unmarshal(body, &in) != nil || in.ID != 5 {
			l.t.Errorf("put %s", body)
		}
		l.put = r.URL.EscapedPath()
		w.WriteHeader(l.status)
	}
}

func TestLabel(t *testing.T) {
	const ours, near = `[{"id":5,"name":"ci"}]`, `[{"id":6,"name":"cinder"}]`
	for name, c := range map[string]struct {
		of     map[string]string
		status int
		absent bool
		fails  bool
	}{
		"of the project":   {map[string]string{"p": ours, "g": `[{"id":9,"name":"ci"}]`}, 200, false, false},
		"of all":           {map[string]string{"p": near, "g": ours}, 200, false, false},
		"is there already": {map[string]string{"p": ours, "g": `[]`}, 409, false, false},
		"nobody made it":   {map[string]string{"p": near, "g": `[]`}, 200, true, true},
		"may not":          {map[string]string{"p": ours, "g": `[]`}, 403, false, true},
	} {
		l := &labels{t: t, of: c.of, status: c.status}
		server := httptest.NewServer(l)
		host := strings.TrimPrefix(server.URL, "http://")
		s := login(t, &harbortest.Harbor{URL: server.URL, Host: host}, "u", "p")
		digest, err := s.images.Digest(host + "/demo/team/app@sha256:" + strings.Repeat("0", 64))
		if err != nil {
			t.Fatal(err)
		}
		err = s.client.Label(t.Context(), digest, "ci")
		server.Close()
		if (err != nil) != c.fails || errors.Is(err, harbor.ErrNoLabel) != c.absent {
			t.Errorf("%s: got %v", name, err)
		}
		if (l.put == "") != c.absent || l.put != "" && !strings.Contains(l.put, "/projects/demo/repositories/team%252Fapp/artifacts/sha256:") {
			t.Errorf("%s: put at %q", name, l.put)
		}
	}
}
