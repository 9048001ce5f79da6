// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/internal/manifest"
	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

const adminYAML = "# admin\nspec:\n  image: \"reg.example/library/admin:none\" # current\n\n\n  replicas: 2\n"

// world is a forge with one repository, acme/monorepo, and its source commits.
type world struct {
	t      *testing.T
	forge  *forge.Server
	url    string
	token  string
	source []string // commits of the base branch that the tests build from, oldest first
}

// newWorld starts a forge whose base branch has three source commits after the first.
func newWorld(t *testing.T) *world {
	t.Helper()
	f, err := forge.New(forge.Options{Root: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	err = f.CreateRepo(t.Context(), forge.RepoOptions{Owner: "acme", Name: "monorepo", Files: map[string]string{
		"manifests/admin/app.yaml": adminYAML, "manifests/user/app.yaml": "image: reg.example/library/user:none",
		"manifests/user/link.txt": "no manifest", "microservices/admin/main.go": "package main\n",
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	w := &world{t: t, forge: f, url: server.URL + "/api/v3"}
	w.token = filepath.Join(t.TempDir(), "token")
	w.write(w.token, f.AddToken("bot", forge.TokenOptions{}))
	for _, n := range []string{"1", "2", "3"} {
		w.source = append(w.source, w.commit("main", "work "+n, "microservices/admin/main.go", "package main // "+n+"\n"))
	}
	return w
}

func (w *world) write(file, text string) {
	w.t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// commit pushes as a developer.
func (w *world) commit(branch, message, file, text string) string {
	w.t.Helper()
	sha, err := w.forge.Commit(w.t.Context(), "acme/monorepo", forge.CommitOptions{Branch: branch, Message: message, Files: map[string]*string{file: &text}})
	if err != nil {
		w.t.Fatal(err)
	}
	return sha
}

// force moves a branch anywhere, as a developer's forced push does.
func (w *world) force(branch, to string) {
	w.t.Helper()
	ref := &github.Reference{Ref: github.String("refs/heads/" + branch), Object: &github.GitObject{SHA: &to}}
	if _, _, err := w.repo().Client.Git.UpdateRef(w.t.Context(), "acme", "monorepo", ref, true); err != nil {
		w.t.Fatal(err)
	}
}

// repo is a client of its own, as each run has one.
func (w *world) repo() *Repository {
	w.t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	client, err := NewClient(ClientOptions{APIURL: w.url, Timeout: 20 * time.Second, Log: log}, TokenFile(w.token))
	if err != nil {
		w.t.Fatal(err)
	}
	repo, err := NewRepository(client, "acme/monorepo", "acme/monorepo", "main", log)
	if err != nil {
		w.t.Fatal(err)
	}
	return repo
}

func service(name, commit string) manifests.Service {
	return manifests.Service{Name: name, Commit: commit, Paths: []string{"manifests/" + name}, Image: manifest.Image{
		Repository: "reg.example/library/" + name, Tag: commit, Digest: "sha256:" + strings.Repeat("ab", 32),
	}}
}

// propose runs once for admin and wants an outcome.
func (w *world) propose(commit string, want Kind) Outcome {
	w.t.Helper()
	out, err := w.repo().Propose(w.t.Context(), Alone(service("admin", commit)))
	if err != nil || out.Kind != want {
		w.t.Fatalf("got %+v, %v, want %s", out, err, want)
	}
	return out
}

// pulls are all pull requests in a state.
func (w *world) pulls(state string) []*github.PullRequest {
	w.t.Helper()
	pulls, _, err := w.repo().Client.PullRequests.List(w.t.Context(), "acme", "monorepo", &github.PullRequestListOptions{State: state})
	if err != nil {
		w.t.Fatal(err)
	}
	return pulls
}

// file reads a file at a ref.
func (w *world) file(path, ref string) string {
	w.t.Helper()
	b, err := w.repo().SourceFile(w.t.Context(), path, ref)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

func (w *world) merge(number int, method string) {
	w.t.Helper()
	if _, _, err := w.repo().Client.PullRequests.Merge(w.t.Context(), "acme", "monorepo", number, "", &github.PullRequestOptions{MergeMethod: method}); err != nil {
		w.t.Fatal(err)
	}
}
