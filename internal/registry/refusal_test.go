// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/step"
)

// refusing answers as Harbor 2.15 does: the status and message to every upload,
// and to GET /v2/ what it thinks of the password.
func refusing(status int, code, message string, knows bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, password, ok := r.BasicAuth()
		switch {
		case r.URL.Path == "/v2/" && ok && (!knows || password != "s3cret" || user == ""):
			w.Header().Set("WWW-Authenticate", `Basic realm="harbor"`)
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED","message":"unauthorized: unauthorized"}]}`, http.StatusUnauthorized)
		case r.URL.Path == "/v2/" && !ok:
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/service/token",service="harbor-registry"`, r.Host))
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/v2/":
		case r.URL.Path == "/service/token":
			_, _ = fmt.Fprint(w, `{"token":"t"}`)
		case r.Method == http.MethodHead:
			w.WriteHeader(http.StatusNotFound)
		default:
			http.Error(w, fmt.Sprintf(`{"errors":[{"code":%q,"message":%q}]}`, code, message), status)
		}
	}
}

func TestRefusals(t *testing.T) {
	for what, tc := range map[string]struct {
		status        int
		code, message string
		stranger      bool
		want          Refusal
		hint          string
	}{
		"no project":       {401, "UNAUTHORIZED", "project nosuch not found: project nosuch not found", false, MissingProject, "create it"},
		"no right":         {401, "UNAUTHORIZED", "unauthorized to access repository: demo/app, action: push: unauthorized to access repository: demo/app, action: push", false, NoRight, "repository:push"},
		"another password": {401, "UNAUTHORIZED", "unauthorized to access repository: demo/app, action: push: unauthorized to access repository: demo/app, action: push", true, BadCredentials, "robot"},
		"no user":          {401, "UNAUTHORIZED", "unauthorized: unauthorized", false, BadCredentials, "robot"},
		"quota":            {403, "DENIED", "adding 2.0 KiB of storage resource, which when updated to current usage of 0 B will exceed the configured upper limit of 600 B.", false, Quota, "quota"},
		"read only":        {403, "DENIED", "The system is in read only mode. Any modification is prohibited.", false, ReadOnly, "administrator"},
		"immutable":        {412, "PRECONDITION", "Failed to process request due to 'app:v1' configured as immutable.", false, Immutable, "immutable"},
		"vulnerable":       {412, "PROJECTPOLICYVIOLATION", "current image with 3 vulnerabilities cannot be pulled due to configured policy in 'Prevent images with vulnerability severity of \"High\" or higher from running.'", false, PullForbidden, "pull"},
		"another's words":  {403, "DENIED", "requested access to the resource is denied", false, "", "denies"},
		"a proxy's limit":  {413, "", "", false, "", "stands before"},
	} {
		t.Run(what, func(t *testing.T) {
			host := serve(t, func(http.Handler) http.Handler { return refusing(tc.status, tc.code, tc.message, !tc.stranger) })
			config := filepath.Join(t.TempDir(), "config.json")
			text := strings.ReplaceAll(`{"auths":{"HOST":{"username":"robot$demo+ci","password":"s3cret"}}}`, "HOST", host)
			if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			c := newClient(t, Options{DockerConfig: config})
			repo, err := c.Repository(host + "/demo/app")
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Push(t.Context(), repo, image(t))
			var e *Error
			if !errors.As(err, &e) || e.Refusal != tc.want || e.Status != tc.status {
				t.Fatalf("got %v", err)
			}
			if hints := step.Hints(err); len(hints) != 1 || !strings.Contains(hints[0], tc.hint) || strings.Contains(fmt.Sprint(err, hints), "s3cret") {
				t.Errorf("hints %q of %v", hints, err)
			}
		})
	}
}
