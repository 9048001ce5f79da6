// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/internal/step"
)

// world is a forge with one repository of manifests, and the commits of main
// that images are built from. Runs in it are the binary's own, flags and all.
type world struct {
	t      *testing.T
	server *forge.Server // nil where the forge is another than the stand-in
	root   string        // of its repositories
	gate   *gate
	api    string // the API's root
	token  string // of who prepares things and looks at them
	owner  string
	name   string
	client *github.Client
	source []string          // oldest first
	flags  []string          // of every run besides
	theirs map[string]string // service → what a person committed to its branch
}

// newWorld starts the stand-in with the manifests of some services.
func newWorld(t *testing.T, commits int, services ...string) *world {
	t.Helper()
	root := t.TempDir()
	f, err := forge.New(forge.Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.CreateRepo(t.Context(), forge.RepoOptions{Owner: "acme", Name: "monorepo", Files: worldFiles(services...)}); err != nil {
		t.Fatal(err)
	}
	g := &gate{next: f}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	w := &world{t: t, server: f, root: root, theirs: map[string]string{}, gate: g, api: server.URL + "/api/v3", token: f.AddToken("developer", forge.TokenOptions{}), owner: "acme", name: "monorepo"}
	w.connect()
	w.work(commits)
	return w
}

// worldFiles are what main holds in the beginning.
func worldFiles(services ...string) map[string]string {
	list := "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\nservices:\n  list:\n"
	files := map[string]string{"manifests/other/app.yaml": manifestOf("other", "none")}
	for _, s := range services {
		list += fmt.Sprintf("  - {name: %s, path: services/%s, manifests: [manifests/%s]}\n", s, s, s)
		files["manifests/"+s+"/app.yaml"], files["services/"+s+"/Dockerfile"] = manifestOf(s, "none"), "FROM scratch\n"
	}
	files["adze.yaml"] = list
	return files
}

func (w *world) connect() {
	w.t.Helper()
	client, err := github.NewClient(nil).WithAuthToken(w.token).WithEnterpriseURLs(w.api, w.api)
	if err != nil {
		w.t.Fatal(err)
	}
	w.client = client
}

// dir is the repository on disk.
func (w *world) dir() string { return filepath.Join(w.root, w.owner, w.name+".git") }

// work puts commits on main that images are built from.
func (w *world) work(commits int) {
	w.t.Helper()
	for range commits {
		n := len(w.source)
		w.source = append(w.source, w.commit("main", fmt.Sprint("work ", n), "services/app/main.go", fmt.Sprintf("package main // %d\n", n)))
	}
}

func manifestOf(service, tag string) string {
	return "# " + service + "\nspec:\n  image: \"" + imageOf(service, tag) + "\" # current\n\n  replicas: 2\n"
}

func imageOf(service, tag string) string { return "reg.example/library/" + service + ":" + tag }

// commit puts one file on a branch, as a developer, and returns the commit.
func (w *world) commit(branch, message, path, text string) string {
	w.t.Helper()
	if w.server == nil {
		return w.commitThere(branch, message, path, text)
	}
	sha, err := w.server.Commit(w.t.Context(), w.owner+"/"+w.name, forge.CommitOptions{Branch: branch, Message: message, Files: map[string]*string{path: &text}})
	if err != nil {
		w.t.Fatal(err)
	}
	return sha
}

// commitThere does so through the API.
func (w *world) commitThere(branch, message, path, text string) string {
	w.t.Helper()
	options := &github.RepositoryContentFileOptions{Message: &message, Content: []byte(text), Branch: &branch}
	if old, _, _, err := w.client.Repositories.GetContents(w.t.Context(), w.owner, w.name, path, &github.RepositoryContentGetOptions{Ref: branch}); err == nil {
		options.SHA = old.SHA
	}
	made, _, err := w.client.Repositories.CreateFile(w.t.Context(), w.owner, w.name, path, options)
	if err != nil {
		w.t.Fatal(err)
	}
	return made.GetSHA()
}

// answer is how a run ended, and what it said.
type answer struct {
	code  step.Code
	lines []answered
	log   string
}

type answered struct {
	Service, Outcome, URL, By, Reason string
	Number                            int
}

// afterwards is the context of what is left to do when a test ended.
func afterwards() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Minute)
}

// bot makes a token of its own for one run and gives the file that holds it.
func (w *world) bot() (token, file string) {
	w.t.Helper()
	token = w.token
	if w.server != nil {
		token = w.server.AddToken("bot", forge.TokenOptions{})
	}
	file = filepath.Join(w.t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return token, file
}

// words are the arguments of a run that proposes a commit's images.
func (w *world) words(tokenFile, commit string, services ...string) []string {
	words := []string{"--repo=" + w.owner + "/" + w.name, "--api-url=" + w.api, "--token-file=" + tokenFile, "--revision=" + commit, "--output=json"}
	for _, s := range services {
		words = append(words, "--image="+s+"="+imageOf(s, commit))
	}
	return append(words, w.flags...)
}

// run runs the command in this process.
func (w *world) run(ctx context.Context, words []string) answer {
	w.t.Helper()
	var out, log bytes.Buffer
	a := answer{code: step.Execute(ctx, Command(), words, &step.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &log})}
	a.log = log.String()
	w.hidden(words, out.String()+a.log)
	if out.Len() > 0 {
		if err := json.Unmarshal(out.Bytes(), &a.lines); err != nil {
			w.t.Fatalf("%v in %s", err, out.String())
		}
	}
	return a
}

// hidden wants a run to have said nothing of its token.
func (w *world) hidden(words []string, said string) {
	w.t.Helper()
	for _, word := range words {
		file, ok := strings.CutPrefix(word, "--token-file=")
		if !ok {
			continue
		}
		if token, err := os.ReadFile(file); err == nil && strings.Contains(said, string(token)) {
			w.t.Errorf("the run shows its token:\n%s", said)
		}
	}
}

// propose runs for one commit, and wants every service to end so.
func (w *world) propose(want, commit string, services ...string) answer {
	w.t.Helper()
	_, file := w.bot()
	a := w.run(w.t.Context(), w.words(file, commit, services...))
	if len(a.lines) != len(services) {
		w.t.Fatalf("exit code %d with %d lines for %q:\n%s", a.code, len(a.lines), services, a.log)
	}
	for _, l := range a.lines {
		if l.Outcome != want {
			w.t.Fatalf("%s ended %s, want %s (exit code %d):\n%s", l.Service, l.Outcome, want, a.code, a.log)
		}
	}
	return a
}

// pulls are the pull requests from a service's branch in a state, newest first.
func (w *world) pulls(state, service string) []*github.PullRequest {
	w.t.Helper()
	options := &github.PullRequestListOptions{State: state, Head: w.owner + ":adze/" + service}
	pulls, _, err := w.client.PullRequests.List(w.t.Context(), w.owner, w.name, options)
	if err != nil {
		w.t.Fatal(err)
	}
	return pulls
}

// file reads a file at a ref.
func (w *world) file(path, ref string) string {
	w.t.Helper()
	file, _, _, err := w.client.Repositories.GetContents(w.t.Context(), w.owner, w.name, path, &github.RepositoryContentGetOptions{Ref: ref})
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := file.GetContent()
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// tip is where a branch is, empty when there is none.
func (w *world) tip(branch string) string {
	w.t.Helper()
	ref, res, err := w.client.Git.GetRef(w.t.Context(), w.owner, w.name, "heads/"+branch)
	if res != nil && res.StatusCode == 404 {
		return ""
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return ref.GetObject().GetSHA()
}
