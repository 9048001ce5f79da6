// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
)

// The variables that name another forge to run these tests against, all of
// which make a repository there and remove it: the root of its API, a token that may
// do so (on github.com with the scopes repo and delete_repo), and the user or
// organisation whose repository it is to be. Where they are not set, the stand-in is
// used, and through its API alone:
//
//	ADZE_FORGE_URL=https://api.github.com ADZE_FORGE_OWNER=example ADZE_FORGE_TOKEN="$(gh auth token)" \
//	  go test -count=1 -run AtAnyForge ./tasks/manifest-pr
const (
	forgeURL   = "ADZE_FORGE_URL"
	forgeOwner = "ADZE_FORGE_OWNER"
	forgeToken = "ADZE_FORGE_TOKEN"
)

// anyWorld is a world at the forge that the variables name.
func anyWorld(t *testing.T, commits int, services ...string) *world {
	t.Helper()
	w := &world{t: t, api: os.Getenv(forgeURL), owner: os.Getenv(forgeOwner), token: os.Getenv(forgeToken), theirs: map[string]string{}}
	if w.api == "" {
		w.standIn()
	}
	w.name = fmt.Sprintf("adze-test-%08x", rand.Uint32())
	w.connect()
	w.create()
	w.push(worldFiles(services...))
	w.work(commits)
	return w
}

// standIn makes the world that of a stand-in that nobody controls.
func (w *world) standIn() {
	w.t.Helper()
	f, err := forge.New(forge.Options{Root: w.t.TempDir()})
	if err != nil {
		w.t.Fatal(err)
	}
	server := httptest.NewServer(f)
	w.t.Cleanup(server.Close)
	w.api, w.owner, w.token = server.URL+"/api/v3", "acme", f.AddToken("acme", forge.TokenOptions{})
}

// create makes the repository, and sees to it that it goes with the test.
func (w *world) create() {
	w.t.Helper()
	me, _, err := w.client.Users.Get(w.t.Context(), "")
	if err != nil {
		w.t.Fatal(err)
	}
	org := w.owner
	if strings.EqualFold(me.GetLogin(), w.owner) {
		org = ""
	}
	if _, _, err := w.client.Repositories.Create(w.t.Context(), org, &github.Repository{Name: &w.name, Private: github.Bool(true), AutoInit: github.Bool(true)}); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		ctx, cancel := afterwards()
		defer cancel()
		if _, err := w.client.Repositories.Delete(ctx, w.owner, w.name); err != nil {
			w.t.Errorf("repository %s/%s is left behind: %v", w.owner, w.name, err)
		}
	})
}

// push puts many files on main at once.
func (w *world) push(files map[string]string) {
	w.t.Helper()
	ctx, git := w.t.Context(), w.client.Git
	ref, _, err := git.GetRef(ctx, w.owner, w.name, "heads/main")
	if err != nil {
		w.t.Fatal(err)
	}
	var entries []*github.TreeEntry
	for path, text := range files {
		entries = append(entries, &github.TreeEntry{Path: &path, Mode: github.String("100644"), Type: github.String("blob"), Content: &text})
	}
	tree, _, err := git.CreateTree(ctx, w.owner, w.name, ref.GetObject().GetSHA(), entries)
	if err != nil {
		w.t.Fatal(err)
	}
	commit, _, err := git.CreateCommit(ctx, w.owner, w.name, &github.Commit{Message: github.String("manifests"), Tree: tree, Parents: []*github.Commit{{SHA: ref.Object.SHA}}}, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	ref.Object.SHA = commit.SHA
	if _, _, err := git.UpdateRef(ctx, w.owner, w.name, ref, false); err != nil {
		w.t.Fatal(err)
	}
}

// merge merges a service's pull request, whatever the forge has to catch up with first.
func (w *world) merge(service, method string) {
	w.t.Helper()
	err := fmt.Errorf("%s has no pull request", service)
	for range 5 {
		for _, pr := range w.pulls("open", service) {
			_, _, err = w.client.PullRequests.Merge(w.t.Context(), w.owner, w.name, pr.GetNumber(), "", &github.PullRequestOptions{MergeMethod: method})
		}
		if err == nil {
			return
		}
	}
	w.t.Fatal(err)
}

func TestOneServiceAtAnyForge(t *testing.T) {
	w := anyWorld(t, 3, "admin")
	w.propose("opened", w.source[0], "admin")
	w.checkProposed("admin", w.source[0])
	w.propose("unchanged", w.source[0], "admin")
	w.propose("updated", w.source[1], "admin")
	w.propose("superseded", w.source[0], "admin")
	w.checkProposed("admin", w.source[1])
	w.changeOnMain("admin")
	w.propose("updated", w.source[1], "admin")
	w.checkProposed("admin", w.source[1])
	w.nameOnMain(w.source[2], "admin")
	w.propose("unchanged", w.source[2], "admin")
	w.checkClosed("admin")
}

func TestMergesAtAnyForge(t *testing.T) {
	w := anyWorld(t, 4, "admin")
	for i, method := range []string{"merge", "squash", "rebase"} {
		w.propose("opened", w.source[i], "admin")
		w.merge("admin", method)
		w.checkNewest("admin", w.source[i])
		w.propose("unchanged", w.source[i], "admin")
	}
	w.propose("superseded", w.source[1], "admin")
	w.propose("opened", w.source[3], "admin")
	if pr := w.pulls("open", "admin")[0]; !strings.Contains(pr.GetBody(), "/compare/"+w.source[2]+"..."+w.source[3]) {
		t.Errorf("it does not link to what is new:\n%s", pr.GetBody())
	}
}

func TestPeopleAtAnyForge(t *testing.T) {
	w := anyWorld(t, 2, "admin", "user")
	w.propose("opened", w.source[0], "admin", "user")
	theirs := w.commit("adze/admin", "by hand", "notes.md", "mine\n")
	w.close(w.pulls("open", "user")[0].GetNumber())
	w.propose("refused", w.source[1], "admin")
	if now := w.tip("adze/admin"); now != theirs {
		t.Errorf("the branch went from %.7s to %.7s", theirs, now)
	}
	w.propose("refused", w.source[0], "user")
	w.propose("opened", w.source[1], "user")
	w.checkNewest("user", w.source[1])
}

func TestARaceAtAnyForge(t *testing.T) {
	w := anyWorld(t, 4, "admin", "user")
	var jobs []job
	for _, i := range rand.Perm(8) {
		jobs = append(jobs, job{services: []string{[]string{"admin", "user"}[i%2]}, commit: i / 2})
	}
	w.race(jobs)
	w.checkNewest("admin", w.source[3])
	w.checkNewest("user", w.source[3])
}
