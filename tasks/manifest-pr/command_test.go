// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/internal/steptest"
)

func TestMain(m *testing.M) { steptest.Main(m, Command()) }

func TestScripts(t *testing.T) {
	steptest.Run(t, "testdata", func(env *testscript.Env) error { return outside(t, env) })
}

// outside starts a forge and a registry for one script. The forge holds
// acme/monorepo with four services: the registry has the commit's images of admin
// and other, none of user, and answers 503 for silent.
func outside(t *testing.T, env *testscript.Env) error {
	images := httptest.NewServer(silentFor("silent", registry.New(registry.Logger(log.New(io.Discard, "", 0)))))
	env.Defer(images.Close)
	host := strings.TrimPrefix(images.URL, "http://")
	f, err := forge.New(forge.Options{Root: filepath.Join(env.WorkDir, ".forge")})
	if err != nil {
		return err
	}
	api := httptest.NewServer(f)
	env.Defer(api.Close)
	commit, err := fill(t.Context(), f, host+"/library")
	if err != nil {
		return err
	}
	for _, service := range []string{"admin", "other"} {
		if err := push(host + "/library/" + service + ":" + commit); err != nil {
			return err
		}
	}
	app, err := f.AddApp("adze", "acme", map[string]string{"contents": "write", "pull_requests": "write", "issues": "write"})
	if err != nil {
		return err
	}
	for file, text := range map[string]string{"token": f.AddToken("bot", forge.TokenOptions{}), "key.pem": app.PrivateKey} {
		if err := os.WriteFile(filepath.Join(env.WorkDir, file), []byte(text+"\n"), 0o600); err != nil {
			return err
		}
	}
	env.Setenv("API", api.URL+"/api/v3")
	env.Setenv("REGISTRY", host)
	env.Setenv("COMMIT", commit)
	env.Setenv("SHORT", commit[:7])
	env.Setenv("APP", strconv.FormatInt(app.ID, 10))
	return nil
}

// fill makes the repository and returns its commit.
func fill(ctx context.Context, f *forge.Server, registry string) (string, error) {
	files := map[string]string{"adze.yaml": "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\nregistry: " + registry +
		"\nservices:\n  discover: [\"services/*\"]\n  list:\n  - {name: admin, path: services/admin, manifests: [deploy/admin.yaml]}\n"}
	for _, s := range []string{"admin", "user", "other", "silent", "unnamed"} {
		files["services/"+s+"/Dockerfile"] = "FROM scratch\n"
		files["manifests/"+s+".yaml"] = "image: " + registry + "/" + s + ":first\n"
	}
	files["deploy/admin.yaml"] = files["manifests/admin.yaml"]
	delete(files, "manifests/admin.yaml")
	if err := f.CreateRepo(ctx, forge.RepoOptions{Owner: "acme", Name: "monorepo", Files: files}); err != nil {
		return "", err
	}
	text := "hello\n"
	return f.Commit(ctx, "acme/monorepo", forge.CommitOptions{Message: "work", Files: map[string]*string{"services/admin/hello": &text}})
}

func push(ref string) error {
	tag, err := name.NewTag(ref, name.Insecure)
	if err != nil {
		return err
	}
	img, err := random.Image(16, 1)
	if err != nil {
		return err
	}
	return remote.Write(tag, img)
}

// silentFor is a registry that is out of order for one repository.
func silentFor(repo string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/"+repo+"/") {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}
