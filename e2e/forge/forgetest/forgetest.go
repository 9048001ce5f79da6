// SPDX-License-Identifier: Apache-2.0

// Package forgetest starts a forge inside a test, with clients for it: go-github,
// git itself, and a receiver of webhooks.
package forgetest

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
)

// Forge is a server that lives as long as its test.
type Forge struct {
	*forge.Server
	// URL is the server's address, without a path: the API is at URL/api/v3.
	URL string
}

// Start starts a forge on the loopback interface, over an empty folder. It is
// stopped, after the webhooks under way, when the test ends.
func Start(t testing.TB) *Forge {
	t.Helper()
	server, err := forge.New(forge.Options{Root: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(func() {
		server.Wait()
		listener.Close()
	})
	return &Forge{Server: server, URL: listener.URL}
}

// Repo makes the repository OWNER/NAME with these files on its branch main.
func (f *Forge) Repo(t testing.TB, fullName string, files map[string]string) {
	t.Helper()
	owner, name, _ := strings.Cut(fullName, "/")
	if err := f.CreateRepo(t.Context(), forge.RepoOptions{Owner: owner, Name: name, Files: files}); err != nil {
		t.Fatal(err)
	}
}

// Push puts a commit on a branch as the user "developer" and returns its id. An
// absent branch starts at the default branch.
func (f *Forge) Push(t testing.TB, fullName, branch, message string, files map[string]string) string {
	t.Helper()
	changed := map[string]*string{}
	for path, content := range files {
		changed[path] = &content
	}
	sha, err := f.Commit(t.Context(), fullName, forge.CommitOptions{Branch: branch, Message: message, Files: changed})
	if err != nil {
		t.Fatal(err)
	}
	return sha
}

// Client is go-github as a user sees the forge: a GitHub Enterprise server. An
// empty token makes an anonymous client.
func (f *Forge) Client(t testing.TB, token string) *github.Client {
	t.Helper()
	client, err := github.NewClient(nil).WithEnterpriseURLs(f.URL, f.URL)
	if err != nil {
		t.Fatal(err)
	}
	if token == "" {
		return client
	}
	return client.WithAuthToken(token)
}

// CloneURL is the address of OWNER/NAME for git, with a token in it.
func (f *Forge) CloneURL(fullName, token string) string {
	address := f.URL + "/" + fullName + ".git"
	if token == "" {
		return address
	}
	return strings.Replace(address, "://", "://x-access-token:"+token+"@", 1)
}

// Git runs git in a folder, away from the user's settings, and returns what it
// printed. A failure ends the test.
func Git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	out, err := TryGit(t, dir, args...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(out)
}

// TryGit is Git for commands that may fail.
func TryGit(t testing.TB, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C",
		"GIT_AUTHOR_NAME=developer", "GIT_AUTHOR_EMAIL=developer@example.com", "GIT_COMMITTER_NAME=developer", "GIT_COMMITTER_EMAIL=developer@example.com")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
