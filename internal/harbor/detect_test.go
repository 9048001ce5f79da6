// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// What answers otherwise than Harbor is none; what fails to answer is not taken
// for one that is none.
func TestDetection(t *testing.T) {
	const info = `{"auth_mode":"db_auth"}`
	for name, c := range map[string]struct {
		mode   string
		status int
		body   string
		is     bool
		fails  bool
	}{
		"Harbor":               {Auto, 200, info, true, false},
		"another JSON":         {Auto, 200, `{"name":"x"}`, false, false},
		"a web page":           {Auto, 200, "<html>", false, false},
		"a registry":           {Auto, 404, "404 page not found", false, false},
		"who asks for a login": {Auto, 401, info, false, false},
		"a redirect":           {Auto, 302, "", false, false},
		"failing":              {Auto, 507, info, false, true},
		"failing, said yes":    {Yes, 507, "", true, false},
		"Harbor, said no":      {No, 200, info, false, false},
	} {
		client, host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.URL.Path != basePath+"/systeminfo" {
				return
			}
			if req.Header.Get("Authorization") != "" {
				t.Errorf("%s: credentials went to a host of which nothing is known", name)
			}
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}))
		is, err := attach(client, c.mode).Is(t.Context(), repository(t, client, host+"/demo/app"))
		if is != c.is || (err != nil) != c.fails {
			t.Errorf("%s: got %v, %v", name, is, err)
		}
		if c.fails && !strings.Contains(strings.Join(step.Hints(err), "\n"), "--harbor=") {
			t.Errorf("%s: hints %q", name, step.Hints(err))
		}
	}
}

func repository(t *testing.T, c *registry.Client, s string) name.Repository {
	t.Helper()
	repo, err := c.Repository(s)
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

// A host that fails to answer is asked again the next time, and is not tagged on.
func TestNothingIsTaggedInDoubt(t *testing.T) {
	var failed atomic.Bool
	var puts atomic.Int32
	client, host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch {
		case req.Method == http.MethodPut:
			puts.Add(1)
		case req.URL.Path == basePath+"/systeminfo" && !failed.Swap(true):
			w.WriteHeader(http.StatusInsufficientStorage)
		case req.URL.Path == basePath+"/systeminfo":
			_, _ = io.WriteString(w, `{"auth_mode":"db_auth"}`)
		case req.Method == http.MethodPost:
			w.WriteHeader(http.StatusCreated)
		}
	}))
	digest := digestOf(t, client, host+"/demo/app@"+one)
	if err := client.Tag(t.Context(), digest, "v1"); err == nil {
		t.Error("a tag was put though it is not known how")
	}
	if err := client.Tag(t.Context(), digest, "v1"); err != nil || puts.Load() > 0 {
		t.Errorf("got %v after %d puts", err, puts.Load())
	}
}

func TestRepositoryWithoutProject(t *testing.T) {
	client, host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"auth_mode":"db_auth"}`)
	}))
	err := client.Tag(t.Context(), digestOf(t, client, host+"/app@"+one), "v1")
	if step.CodeOf(err) != step.CodeMisused {
		t.Errorf("got %v", err)
	}
}

func TestOptions(t *testing.T) {
	for mode, code := range map[string]step.Code{"": 0, Auto: 0, Yes: 0, No: 0, "maybe": step.CodeMisused} {
		o := Options{Harbor: mode}
		if err := o.Validate(); step.CodeOf(err) != code {
			t.Errorf("%q: got %v", mode, err)
		}
	}
	if err := (&Options{Options: registry.Options{Timeout: -time.Second}}).Validate(); err == nil {
		t.Error("a negative timeout passed")
	}
}
