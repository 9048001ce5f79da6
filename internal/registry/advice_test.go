// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/step"
)

// refuse answers requests that a test picks in a registry's words.
func refuse(status int, body string, which func(*http.Request) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if which(r) {
				http.Error(w, body, status)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func isPost(r *http.Request) bool { return r.Method == http.MethodPost }

// A registry that answers in its own words is there, whatever it refuses.
func TestAdviceToAPush(t *testing.T) {
	for what, tc := range map[string]struct {
		status     int
		body, hint string
	}{
		"no such repository":         {404, `{"errors":[{"code":"NAME_UNKNOWN","message":"The repository with name 'app' does not exist"}]}`, "create it first"},
		"no registry":                {404, `default backend - 404`, "no registry answers there"},
		"a Harbor without a project": {400, `{"errors":[{"code":"BAD_REQUEST","message":"bad request: invalid repository name: app"}]}`, "HOST/PROJECT/NAME"},
		"another's name":             {400, `{"errors":[{"code":"NAME_INVALID","message":"invalid"}]}`, "takes no such repository"},
	} {
		t.Run(what, func(t *testing.T) {
			host := serve(t, refuse(tc.status, tc.body, isPost))
			c := newClient(t, Options{})
			repo, err := c.Repository(host + "/app")
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Push(t.Context(), repo, image(t))
			if hints := step.Hints(err); len(hints) != 1 || !strings.Contains(hints[0], tc.hint) {
				t.Errorf("hints %q of %v", hints, err)
			}
		})
	}
}

// Who may not read a base's layer is told so, and not that the target refuses.
func TestRefusalOfWhatIsRead(t *testing.T) {
	for what, tc := range map[string]struct {
		body string
		want Refusal
		code int
	}{
		"no right":   {`{"errors":[{"code":"UNAUTHORIZED","message":"unauthorized to access repository: base/app, action: pull: unauthorized to access repository: base/app, action: pull"}]}`, "", 401},
		"no project": {`{"errors":[{"code":"UNAUTHORIZED","message":"project base not found: project base not found"}]}`, "", 401},
		"forbidden":  {`{"errors":[{"code":"PROJECTPOLICYVIOLATION","message":"current image without vulnerability scanning cannot be pulled due to configured policy"}]}`, PullForbidden, 412},
	} {
		t.Run(what, func(t *testing.T) {
			from := serve(t, nil)
			c := newClient(t, Options{})
			content := layered(t, 1000)
			origin := store(t, c, from+"/base/app", content)
			denied := serve(t, refuse(tc.code, tc.body, func(r *http.Request) bool { return r.URL.Path != "/v2/" }))
			base, err := c.Repository(denied + "/base/app")
			if err != nil {
				t.Fatal(err)
			}
			for i, b := range content.Blobs {
				content.Blobs[i] = c.Blob(t.Context(), base, b.Digest, b.Size)
			}
			to, err := c.Repository(serve(t, nil) + "/library/app")
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Store(t.Context(), to, content)
			var e *Error
			if !errors.As(err, &e) || e.Refusal != tc.want || e.Op != "reading" || !strings.HasPrefix(e.Ref, base.Name()) || !strings.Contains(err.Error(), "pushing "+to.Name()) {
				t.Errorf("got %v", err)
			}
			if hints := step.Hints(err); len(hints) != 1 || strings.Contains(hints[0], "create it") || strings.Contains(hints[0], ":push") {
				t.Errorf("hints %q", hints)
			}
			_, err = c.Content(t.Context(), base.Digest(origin.Digest.DigestStr()))
			if !errors.As(err, &e) || e.Refusal != tc.want {
				t.Errorf("of the manifest: %v", err)
			}
		})
	}
}

// A page of a proxy's, and what would move the cursor, do not reach the terminal.
func TestWordsOfARegistryAreShownPlain(t *testing.T) {
	page := "<html>\n\x1b[2J\u202e" + strings.Repeat("<p>bad gateway</p>\n", 1000)
	host := serve(t, refuse(http.StatusForbidden, page, isPost))
	c := newClient(t, Options{})
	repo, err := c.Repository(host + "/app")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Push(t.Context(), repo, image(t))
	if err == nil || len(err.Error()) > 2000 || strings.ContainsAny(err.Error(), "\n\x1b\u202e") || !strings.Contains(err.Error(), "bad gateway") {
		t.Errorf("got %q", err)
	}
}

// A mount that is refused for its source's sake is followed by an upload, and one
// that would be as well is not.
func TestMountIsRefused(t *testing.T) {
	for what, tc := range map[string]struct {
		status int
		body   string
		sent   bool
		want   Refusal
	}{
		"a name of one part": {400, `{"errors":[{"code":"BAD_REQUEST","message":"bad request: invalid repository name: base"}]}`, true, ""},
		"quota":              {403, `{"errors":[{"code":"DENIED","message":"adding 2.0 KiB of storage resource, which when updated to current usage of 0 B will exceed the configured upper limit of 600 B."}]}`, false, Quota},
	} {
		t.Run(what, func(t *testing.T) {
			cut := &cutter{next: resuming(t)}
			host := serve(t, func(http.Handler) http.Handler {
				return refuse(tc.status, tc.body, func(r *http.Request) bool { return r.URL.Query().Has("mount") })(cut)
			})
			c := newClient(t, Options{})
			base, err := c.Repository(host + "/base")
			if err != nil {
				t.Fatal(err)
			}
			content := layered(t, 1000)
			for i := range content.Blobs {
				content.Blobs[i].In = append(content.Blobs[i].In, base)
			}
			_, err = c.Store(t.Context(), base.Repo("library/app"), content)
			if (cut.patches.Load() > 0) != tc.sent || refusalOf(err) != tc.want || (err == nil) != tc.sent {
				t.Errorf("%d uploads, %v", cut.patches.Load(), err)
			}
		})
	}
}
