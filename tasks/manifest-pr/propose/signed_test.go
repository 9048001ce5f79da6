// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v60/github"
)

// scratches are the scratch branches that are left.
func (w *world) scratches() []string {
	w.t.Helper()
	refs, _, err := w.repo().Client.Git.ListMatchingRefs(w.t.Context(), "acme", "monorepo", &github.ReferenceListOptions{Ref: "heads/" + scratchPrefix})
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, ref := range refs {
		names = append(names, ref.GetRef())
	}
	return names
}

// branch makes a branch.
func (w *world) branch(name, at string) {
	w.t.Helper()
	ref := &github.Reference{Ref: github.String("refs/heads/" + name), Object: &github.GitObject{SHA: &at}}
	if _, _, err := w.repo().Client.Git.CreateRef(w.t.Context(), "acme", "monorepo", ref); err != nil {
		w.t.Fatal(err)
	}
}

// asApp makes the world's token that of an App.
func (w *world) asApp() {
	w.t.Helper()
	made, err := w.forge.AddApp("adze", "acme", map[string]string{"contents": "write", "pull_requests": "write", "issues": "write"})
	if err != nil {
		w.t.Fatal(err)
	}
	app, err := NewApp(AppOptions{APIURL: w.url, ID: strconv.FormatInt(made.ID, 10), Key: []byte(made.PrivateKey), Repo: "acme/monorepo"})
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+"/repos/acme/monorepo", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	header, err := app.Header(req, http.DefaultTransport)
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(w.token, strings.TrimPrefix(header, "Bearer "))
}

// For a person the forge signs what it commits itself, on a branch of its own.
func TestSignedCommitsOfAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	signed := Look{Signed: true}
	first := w.adorn(signed, w.source[0], Opened, 7) // tree, commit, scratch, signed commit, scratch away, branch, pull request
	if out := w.adorn(signed, w.source[1], Updated, 7); out.Number != first.Number {
		t.Errorf("got %+v", out)
	}
	tip := w.tip()
	if !tip.GetCommit().GetVerification().GetVerified() || len(tip.Parents) != 1 || tip.Parents[0].GetSHA() != w.source[2] {
		t.Errorf("got %v", tip)
	}
	if p, ours := proposalOf("admin", tip); !ours || p.Parts[0].Commit != w.source[1] {
		t.Errorf("it is not known as ours:\n%s", tip.GetCommit().GetMessage())
	}
	w.adorn(signed, w.source[1], Unchanged, 0)
	if left := w.scratches(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	for _, pr := range w.pulls("all") {
		if pr.GetState() != "open" || pr.GetNumber() != first.Number {
			t.Errorf("pull request %d is %s", pr.GetNumber(), pr.GetState())
		}
	}
}

// An App's commits are signed without more ado.
func TestSignedCommitsOfAnApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.asApp()
	w.adorn(Look{Signed: true}, w.source[0], Opened, 4)
	if tip := w.tip(); !tip.GetCommit().GetVerification().GetVerified() {
		t.Error("the commit is not verified")
	}
}

func TestUnsignedWhenAnAuthorIsGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.asApp()
	w.adorn(Look{Author: Author{"CI", "ci@x.example"}}, w.source[0], Opened, 4)
	if tip := w.tip(); tip.GetCommit().GetVerification().GetVerified() || tip.GetCommit().GetAuthor().GetName() != "CI" {
		t.Errorf("got %v", tip.GetCommit())
	}
}

// A mode that the mutation would lose is refused before anything moves.
func TestSignedCommitsKeepModes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.repo()
	tree, _, err := r.Client.Git.CreateTree(t.Context(), "acme", "monorepo", w.source[2], []*github.TreeEntry{{
		Path: github.String("manifests/admin/app.yaml"), Mode: github.String("100755"), Type: github.String("blob"), Content: github.String(adminYAML)}})
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := r.Client.Git.CreateCommit(t.Context(), "acme", "monorepo", &github.Commit{Message: github.String("x"), Tree: tree, Parents: []*github.Commit{{SHA: &w.source[2]}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.force("main", c.GetSHA())
	r.Look.Signed = true
	if _, err := r.Propose(t.Context(), Alone(service("admin", w.source[0]))); err == nil || !strings.Contains(err.Error(), "mode 100755") {
		t.Errorf("got %v", err)
	}
	if tip, err := r.tip(t.Context(), Branch("admin")); err != nil || tip != "" || len(w.pulls("all"))+len(w.scratches()) != 0 {
		t.Errorf("something was written: %q, %v", tip, err)
	}
}

// A run that dies leaves its scratch branch; a later one takes it away, and
// leaves those alone that may be in use.
func TestOldScratchBranchesAreSwept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fresh := scratchPrefix + strconv.FormatInt(time.Now().Unix(), 10) + "-a"
	for _, name := range []string{fresh, scratchPrefix + "1000000000-b", scratchPrefix + "by-hand"} {
		w.branch(name, w.source[0])
	}
	w.adorn(Look{Signed: true}, w.source[0], Opened, 8)
	if left := w.scratches(); len(left) != 2 || left[0] != "refs/heads/"+fresh {
		t.Errorf("left: %v", left)
	}
}

// The scratch branch goes also when the run is told to stop.
func TestScratchGoesWithACancelledRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	r := w.repo()
	r.Look.Signed = true
	base := r.Client.BaseURL
	r.Client = github.NewClient(&http.Client{Transport: cancelAt{r.Client.Client().Transport, cancel, "/graphql"}})
	r.Client.BaseURL = base
	if _, err := r.Propose(ctx, Alone(service("admin", w.source[0]))); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left := w.scratches(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// cancelAt cancels a run at its first request for a path.
type cancelAt struct {
	base   http.RoundTripper
	cancel context.CancelFunc
	path   string
}

// RoundTrip sends the request.
func (c cancelAt) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasSuffix(req.URL.Path, c.path) {
		c.cancel()
	}
	return c.base.RoundTrip(req)
}
