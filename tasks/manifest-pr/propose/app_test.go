// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/internal/step"
)

// appWorld is a world whose manifests and sources are private repositories of
// two owners, with an App that is installed at both.
func appWorld(t *testing.T) (*world, forge.App, string) {
	t.Helper()
	w := newWorld(t)
	for owner, name := range map[string]string{"dev": "source", "acme": "secret"} {
		err := w.forge.CreateRepo(t.Context(), forge.RepoOptions{Owner: owner, Name: name, Private: true, Files: map[string]string{"adze.yaml": "kind: Monorepo\n"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	text := "package a\n"
	commit, err := w.forge.Commit(t.Context(), "dev/source", forge.CommitOptions{Message: "work", Files: map[string]*string{"a.go": &text}})
	if err != nil {
		t.Fatal(err)
	}
	app, err := w.forge.AddApp("adze", "acme", map[string]string{"contents": "write", "pull_requests": "write", "administration": "write"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.forge.Install(app.ID, "dev"); err != nil {
		t.Fatal(err)
	}
	return w, app, commit
}

// actAs is a repository whose sources are of another owner, and the App that asks.
func (w *world) actAs(app forge.App, installation int64) (*Repository, *App) {
	w.t.Helper()
	auth, err := NewApp(AppOptions{APIURL: w.url, ID: fmt.Sprint(app.ID), Key: []byte(app.PrivateKey), Installation: installation, Repo: "acme/monorepo", SourceRepo: "dev/source"})
	if err != nil {
		w.t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	client, err := NewClient(ClientOptions{APIURL: w.url, Log: log}, auth)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := NewRepository(client, "acme/monorepo", "dev/source", "main", log)
	if err != nil {
		w.t.Fatal(err)
	}
	return r, auth
}

func TestAppReadsItsSourcesAndWritesItsManifests(t *testing.T) {
	for _, given := range []bool{false, true} {
		w, app, commit := appWorld(t)
		r, auth := w.actAs(app, map[bool]int64{true: app.InstallationID}[given])
		if text, err := r.SourceFile(t.Context(), "adze.yaml", commit); err != nil || text == nil {
			t.Fatalf("got %q, %v", text, err)
		}
		if out, err := r.Propose(t.Context(), Alone(service("admin", commit))); err != nil || out.Kind != Opened {
			t.Fatalf("got %+v, %v", out, err)
		}
		if n, want := w.sent("POST", "access_tokens$"), 2; n != want {
			t.Errorf("%d tokens were made, want %d", n, want)
		}
		if n := w.sent("GET", "/installation$"); n != map[bool]int{false: 2, true: 1}[given] {
			t.Errorf("%d installations were looked for", n)
		}
		w.write(w.token, auth.manifests.token)
		for _, repo := range []string{"acme/secret", "dev/source"} {
			owner, name, _ := SplitName(repo)
			if _, _, err := w.repo().Client.Repositories.Get(t.Context(), owner, name); status(err) != http.StatusNotFound {
				t.Errorf("the token for the manifests reads %s: %v", repo, err)
			}
		}
		w.write(w.token, auth.sources.token)
		if err := w.repo().move(t.Context(), "mine", "", "", w.source[0]); err == nil {
			t.Error("the token for the sources writes manifests")
		}
	}
}

// A token that is revoked while a run goes on is replaced, once.
func TestAppTokenIsRevoked(t *testing.T) {
	w, app, commit := appWorld(t)
	r, auth := w.actAs(app, 0)
	if _, err := r.Propose(t.Context(), Alone(service("admin", commit))); err != nil {
		t.Fatal(err)
	}
	if err := w.forge.ExpireToken(auth.manifests.token); err != nil {
		t.Fatal(err)
	}
	w.forge.ResetRequests()
	if out, err := r.Propose(t.Context(), Alone(service("user", commit))); err != nil || out.Kind != Opened {
		t.Fatalf("got %+v, %v", out, err)
	}
	if n := w.sent("POST", "access_tokens$"); n != 1 {
		t.Errorf("%d tokens were made", n)
	}
	// A body is sent again too.
	if err := w.forge.ExpireToken(auth.manifests.token); err != nil {
		t.Fatal(err)
	}
	if err := r.move(t.Context(), "mine", "", "", w.source[0]); err != nil {
		t.Error(err)
	}
	// Credentials that are no use at all are not asked for over and over.
	w.fault(forge.Fault{Path: "/repos/", Kind: "expired-token", Count: -1})
	w.forge.ResetRequests()
	if _, err := r.tip(t.Context(), "main"); status(err) != http.StatusUnauthorized || w.sent("GET", "main$") != 2 {
		t.Errorf("got %v after %d requests", err, w.sent("GET", "main$"))
	}
}

func TestAppThatDoesNotFit(t *testing.T) {
	w, app, _ := appWorld(t)
	other, err := w.forge.AddApp("other", "elsewhere", map[string]string{"contents": "write", "pull_requests": "write"})
	if err != nil {
		t.Fatal(err)
	}
	weak, err := w.forge.AddApp("weak", "acme", map[string]string{"contents": "write"})
	if err != nil {
		t.Fatal(err)
	}
	strange := app
	strange.PrivateKey = other.PrivateKey
	for name, c := range map[string]struct {
		app  forge.App
		hint string
	}{
		"not installed":     {other, "install the App in acme/monorepo"},
		"a permission":      {weak, "pull requests: write"},
		"another App's key": {strange, "--app-id"},
	} {
		r, _ := w.actAs(c.app, 0)
		_, err := r.Propose(t.Context(), Alone(service("admin", w.source[0])))
		if hints := strings.Join(step.Hints(err), "\n"); step.CodeOf(err) != step.CodeFailed || !strings.Contains(hints, c.hint) {
			t.Errorf("%s: %v, hints %q", name, err, hints)
		}
	}
	if _, err := NewApp(AppOptions{APIURL: w.url, ID: "1", Key: []byte("no key"), Repo: "acme/monorepo"}); step.CodeOf(err) != step.CodeMisused {
		t.Errorf("got %v", err)
	}
}
