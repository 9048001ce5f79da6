// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-github/v60/github"
)

// built starts a registry that has an image of each commit, and a world whose
// manifest names one of it. The words are those of a run that asks it.
func built(t *testing.T, form string) (w *world, words func(commit string) []string) {
	t.Helper()
	w = newWorld(t, 3, "admin")
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	for _, commit := range w.source {
		image, err := random.Image(64, 1)
		if err != nil {
			t.Fatal(err)
		}
		ref, err := name.NewTag(host + "/library/admin:" + commit)
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Write(ref, image, remote.WithContext(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	w.commit("main", "by hand", "manifests/admin/app.yaml", strings.ReplaceAll(manifestOf("admin", "none"), "reg.example", host))
	_, file := w.bot()
	return w, func(commit string) []string {
		return []string{"--repo=acme/monorepo", "--api-url=" + w.api, "--token-file=" + file, "--output=json",
			"--tag=" + commit, "--service=admin", "--registry=" + host + "/library", "--insecure=" + host, "--reference=" + form}
	}
}

// Whichever way images are named, a run that ends after a newer version was
// merged, or is proposed, brings back nothing older.
func TestALateRunRollsNothingBack(t *testing.T) {
	for _, form := range []string{"tag", "digest", "tag@digest"} {
		t.Run(form, func(t *testing.T) {
			w, words := built(t, form)
			run := func(commit, want string) {
				t.Helper()
				a := w.run(t.Context(), words(commit))
				if len(a.lines) != 1 || a.lines[0].Outcome != want {
					t.Fatalf("%.7s: want %s, got %+v, exit code %d:\n%s", commit, want, a.lines, a.code, a.log)
				}
			}
			run(w.source[1], "opened")
			run(w.source[0], "superseded")
			run(w.source[2], "updated")
			run(w.source[1], "superseded")
			open := w.pulls("open", "admin")
			if len(open) != 1 {
				t.Fatalf("%d pull requests are open", len(open))
			}
			if _, _, err := w.client.PullRequests.Merge(t.Context(), w.owner, w.name, open[0].GetNumber(), "", &github.PullRequestOptions{MergeMethod: "squash"}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.client.Git.DeleteRef(t.Context(), w.owner, w.name, "heads/adze/admin"); err != nil {
				t.Fatal(err)
			}
			run(w.source[0], "superseded")
			run(w.source[1], "superseded")
			run(w.source[2], "unchanged")
			if n := len(w.pulls("open", "admin")); n != 0 {
				t.Errorf("%d pull requests are open", n)
			}
		})
	}
}
