// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/step"
)

func slogDiscard() *log.Logger { return log.New(io.Discard, "", 0) }

// dialTo sends every connection to one address.
func dialTo(t *testing.T, addr string) http.RoundTripper {
	t.Helper()
	tr := http.DefaultTransport.(*http.Transport).Clone()
	tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

const dockerAuths = `{"auths":{"registry.test":{"auth":"Y2k6czNjcmV0"},"registry.test/other":{"auth":"b3RoZXI6czNjcmV0"}}}`

func TestDockerConfig(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", "")
	for _, c := range []struct{ name, file, give, repo, user string }{
		{"folder", "config.json", "", "registry.test/app", "ci"},
		{"secret of type dockerconfigjson", ".dockerconfigjson", "", "registry.test/app", "ci"},
		{"file of any name", "auth", "auth", "registry.test/app", "ci"},
		{"repository before host", "config.json", "", "registry.test/other", "other"},
		{"another host gets nothing", "config.json", "", "elsewhere.test/app", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, c.file), []byte(dockerAuths), 0o600); err != nil {
				t.Fatal(err)
			}
			keys, err := loadKeychain(filepath.Join(dir, c.give))
			if err != nil {
				t.Fatal(err)
			}
			repo, err := name.NewRepository(c.repo)
			if err != nil {
				t.Fatal(err)
			}
			auth, err := keys.Resolve(repo)
			if err != nil {
				t.Fatal(err)
			}
			got, err := authn.Authorization(t.Context(), auth)
			if err != nil || got.Username != c.user {
				t.Errorf("got %q, %v", got.Username, err)
			}
		})
	}
}

// The home folder of a Tekton step is one that other steps can write to.
func TestHomeIsNotSearched(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("DOCKER_CONFIG", "")
	if err := os.MkdirAll(filepath.Join(home, ".docker"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".docker", "config.json"), []byte(dockerAuths), 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := loadKeychain("")
	if _, ok := keys.(anonymous); !ok || err != nil {
		t.Errorf("got %T, %v", keys, err)
	}
}

func TestBadOptionsAreMisuse(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken")
	if err := os.WriteFile(broken, []byte(`{"auths":{"h":{"auth":"s3cret"`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"no such config":     {DockerConfig: filepath.Join(dir, "none")},
		"folder without one": {DockerConfig: dir}, // it holds another file
		"broken config":      {DockerConfig: broken},
		"no such authority":  {CAFiles: []string{filepath.Join(dir, "none")}},
		"no certificate":     {CAFiles: []string{broken}},
	} {
		_, err := o.Client(slog.New(slog.DiscardHandler))
		if step.CodeOf(err) != step.CodeMisused || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// An optional Secret that does not exist is mounted as an empty folder.
func TestEmptyFoldersAreNotGiven(t *testing.T) {
	o := Options{DockerConfig: t.TempDir(), CAFiles: []string{t.TempDir()}}
	if _, err := o.Client(slog.New(slog.DiscardHandler)); err != nil {
		t.Error(err)
	}
}

func TestNames(t *testing.T) {
	c := &Client{insecure: []string{"plain.test"}}
	const digest = "@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for _, s := range []string{"app" + digest, "registry.test/app:tag", "registry.test/app:tag" + digest, "registry.test:5000/app:tag" + digest, "registry.test/app@sha256:1", ""} {
		if _, err := c.Digest(s); step.CodeOf(err) != step.CodeMisused {
			t.Errorf("Digest(%q): %v", s, err)
		}
	}
	got, err := c.Digest("registry.test:5000/library/app" + digest)
	if err != nil || got.Context().RepositoryStr() != "library/app" || got.Context().Scheme() != "https" {
		t.Errorf("got %v, %v", got, err)
	}
	if plain, err := c.Repository("plain.test/app"); err != nil || plain.Scheme() != "http" {
		t.Errorf("got %v, %v", plain, err)
	}
	if _, err := c.Repository("app"); step.CodeOf(err) != step.CodeMisused {
		t.Errorf("a repository without its registry: %v", err)
	}
}

func TestErrorsHideWhatURLsCarry(t *testing.T) {
	err := redact(&url.Error{Op: "Patch", URL: "https://user:s3cret@host.test/v2/app/blobs/uploads/1?_state=s3cret", Err: errors.New("reset")})
	if strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "host.test/v2/app") {
		t.Error(err)
	}
}
