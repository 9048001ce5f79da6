// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Whoever a registry sends a push on to, to upload to or to fetch from, does not
// get its password.
func TestPasswordStaysWithItsRegistry(t *testing.T) {
	var sent, told atomic.Int64
	next := resuming(t)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		if r.Header.Get("Authorization") != "" {
			told.Add(1)
		}
		next.ServeHTTP(w, r)
	}))
	t.Cleanup(other.Close)
	for what, location := range map[string]bool{"redirect": false, "location": true} {
		host := serve(t, func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch _, _, ok := r.BasicAuth(); {
				case !ok:
					w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
					w.WriteHeader(http.StatusUnauthorized)
				case location && r.Method == http.MethodPost:
					answer := httptest.NewRecorder()
					next.ServeHTTP(answer, r)
					to, err := url.Parse(answer.Header().Get("Location"))
					if err != nil {
						t.Error(err)
						return
					}
					w.Header().Set("Location", other.URL+to.RequestURI())
					w.WriteHeader(answer.Code)
				case !location && strings.Contains(r.URL.Path, "/blobs/"):
					http.Redirect(w, r, other.URL+r.URL.RequestURI(), http.StatusTemporaryRedirect)
				default:
					next.ServeHTTP(w, r)
				}
			})
		})
		config := filepath.Join(t.TempDir(), "config.json")
		if err := os.WriteFile(config, []byte(`{"auths":{"`+host+`":{"auth":"cm9ib3Q6czNjcmV0"}}}`), 0o600); err != nil {
			t.Fatal(err)
		}
		c := newClient(t, Options{DockerConfig: config})
		sent.Store(0)
		digest := store(t, c, host+"/sent/"+what, layered(t, 50_000)).Digest
		content, err := c.Content(t.Context(), digest)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range content.Blobs {
			r, err := b.Open()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				t.Error(err)
			}
			_ = r.Close()
		}
		if sent.Load() < 2 || told.Load() > 0 {
			t.Errorf("%s: %d of %d requests to another host had the password", what, told.Load(), sent.Load())
		}
	}
}

// A page to log in is not taken for a registry that has it all.
func TestPageToLogInIsNoRegistry(t *testing.T) {
	host := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/v2/":
				next.ServeHTTP(w, r)
			case "/login":
				_, _ = io.WriteString(w, "<html>who are you?</html>")
			default:
				http.Redirect(w, r, "/login", http.StatusFound)
			}
		})
	})
	c := newClient(t, Options{})
	repo, err := c.Repository(host + "/library/app")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = c.Store(t.Context(), repo, layered(t, 1000)); err == nil || !strings.Contains(err.Error(), "302") {
		t.Errorf("got %v", err)
	}
	if err := c.session(repo).put(t.Context(), layered(t, 1).Manifests[0]); err == nil {
		t.Error("a manifest was put")
	}
}

// A blob that the registry has a part of is sent.
func TestPartOfABlobIsNotTheBlob(t *testing.T) {
	cut := &cutter{next: resuming(t)}
	host := serve(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead && strings.Contains(r.URL.Path, "/blobs/") && cut.patches.Load() == 0 {
				w.Header().Set("Content-Length", "17")
				return
			}
			cut.ServeHTTP(w, r)
		})
	})
	layer, err := random.Layer(10_000, types.DockerLayer)
	if err != nil {
		t.Fatal(err)
	}
	var content Content
	if err := content.addLayer(layer); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, Options{})
	repo, err := c.Repository(host + "/part/app")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.bringAll(t.Context(), c.session(repo), &progress{}, content.Blobs); err != nil {
		t.Fatal(err)
	}
	back, err := remote.Layer(repo.Digest(content.Blobs[0].Digest.String()))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := back.Size(); err != nil || n != content.Blobs[0].Size || cut.patches.Load() != 1 {
		t.Errorf("%d bytes after %d uploads, %v", n, cut.patches.Load(), err)
	}
}
