// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Whoever pulls for us is given a token for one repository, and the password only
// where the registry takes nothing else.
func TestPull(t *testing.T) {
	const basic = "Basic cm9ib3Q6czNjcmV0" // robot:s3cret
	digest, err := v1.NewHash("sha256:" + strings.Repeat("a", 64))
	if err != nil {
		t.Fatal(err)
	}
	for what, tc := range map[string]struct{ challenge, token, config, want string }{
		"a token":           {`Bearer realm="http://HOST/token",service="x"`, `{"token":"short"}`, `{"auth":"cm9ib3Q6czNjcmV0"}`, "Bearer short"},
		"by its other name": {`Bearer realm="http://HOST/token",service="x"`, `{"access_token":"short"}`, `{"auth":"cm9ib3Q6czNjcmV0"}`, "Bearer short"},
		"nobody's token":    {`Bearer realm="http://HOST/token",service="x"`, `{"token":"anybody's"}`, `{}`, "Bearer anybody's"},
		"a token at hand":   {`Bearer realm="http://HOST/token",service="x"`, ``, `{"registrytoken":"mine"}`, "Bearer mine"},
		"no token":          {`Bearer realm="http://HOST/token",service="x"`, `{}`, `{"auth":"cm9ib3Q6czNjcmV0"}`, "no token"},
		"a password":        {`Basic realm="x"`, ``, `{"auth":"cm9ib3Q6czNjcmV0"}`, basic},
		"no password":       {`Basic realm="x"`, ``, `{}`, ""},
		"open to everybody": {``, ``, `{"auth":"cm9ib3Q6czNjcmV0"}`, ""},
	} {
		var asked []string
		host := serve(t, func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/token":
					asked = append(asked, r.Header.Get("Authorization")+" "+r.URL.Query().Get("scope"))
					_, _ = io.WriteString(w, tc.token) // the client tells
				case tc.challenge != "":
					w.Header().Set("WWW-Authenticate", strings.ReplaceAll(tc.challenge, "HOST", r.Host))
					w.WriteHeader(http.StatusUnauthorized)
				}
			})
		})
		config := filepath.Join(t.TempDir(), "config.json")
		if err := os.WriteFile(config, fmt.Appendf(nil, `{"auths":{%q:%s}}`, host, tc.config), 0o600); err != nil {
			t.Fatal(err)
		}
		c := newClient(t, Options{DockerConfig: config})
		repo, err := c.Repository(host + "/library/app")
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Pull(t.Context(), repo)
		if err != nil && (tc.want == "" || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%s: %v", what, err)
		}
		if err != nil {
			continue
		}
		if word := got.Header.Get("Authorization"); word != tc.want {
			t.Errorf("%s: got %q, want %q", what, word, tc.want)
		}
		if want := "http://" + host + "/v2/library/app/blobs/" + digest.String(); got.Blob(digest) != want {
			t.Errorf("%s: a blob is at %s, want %s", what, got.Blob(digest), want)
		}
		for _, a := range asked {
			if !strings.HasSuffix(a, " repository:library/app:pull") {
				t.Errorf("%s: asked for %q", what, a)
			}
		}
	}
}
