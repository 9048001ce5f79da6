// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/manifest"
	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

var forms = []manifest.Form{manifest.ByTag, manifest.ByDigest, manifest.ByTagAndDigest}

func digestOf(commit string) string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(commit)))
}

// inForm is a service whose image is named in a form; each commit has a digest of its own.
func inForm(form manifest.Form, name, commit string) manifests.Service {
	s := service(name, commit)
	s.Image.Form, s.Image.Digest = form, digestOf(commit)
	return s
}

// run runs once for admin, and wants an outcome.
func (w *world) run(form manifest.Form, commit string, want Kind) Outcome {
	w.t.Helper()
	out, err := w.repo().Propose(w.t.Context(), Alone(inForm(form, "admin", commit)))
	if err != nil || out.Kind != want {
		w.t.Fatalf("%.7s: got %+v, %v, want %s", commit, out, err, want)
	}
	return out
}

// Once a newer version is merged, a run that is late opens no pull request that
// would bring back an older one, however images are named and pull requests merged.
func TestNoPullRequestRollsBack(t *testing.T) {
	t.Parallel()
	for i, form := range forms {
		for _, method := range []string{"merge", "squash", "rebase", "squash under the title"}[:1+3*(i%2)] {
			t.Run(fmt.Sprint(form, " ", method), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				out := w.run(form, w.source[2], Opened)
				if title, ok := strings.CutSuffix(method, " under the title"); ok {
					w.mergeAs(out.Number, title, "no more is said")
				} else {
					w.merge(out.Number, method)
				}
				w.commit("main", "web: more", "microservices/web/main.go", "package web\n")
				for _, late := range w.source[:2] {
					if out := w.run(form, late, Superseded); out.By != w.source[2] {
						t.Errorf("stepped aside for %s", out.By)
					}
				}
				w.run(form, w.source[2], Unchanged)
				if n := len(w.pulls("open")); n != 0 {
					t.Errorf("%d pull requests are open", n)
				}
			})
		}
	}
}

// mergeAs merges under the pull request's title with its number, and another message.
func (w *world) mergeAs(number int, method, message string) {
	w.t.Helper()
	pr, _, err := w.repo().Client.PullRequests.Get(w.t.Context(), "acme", "monorepo", number)
	if err != nil {
		w.t.Fatal(err)
	}
	o := &github.PullRequestOptions{MergeMethod: method, CommitTitle: fmt.Sprintf("%s (#%d)", pr.GetTitle(), number)}
	if _, _, err := w.repo().Client.PullRequests.Merge(w.t.Context(), "acme", "monorepo", number, message, o); err != nil {
		w.t.Fatal(err)
	}
}

// In a kustomization tag and digest stand apart, and a digest's 64 digits are no commit.
func TestNoKustomizationRollsBack(t *testing.T) {
	t.Parallel()
	zero := "sha256:" + strings.Repeat("0", 64)
	for name, image := range map[string]string{
		"digest":         "  digest: " + zero + "\n",
		"tag and digest": "  newTag: none\n  digest: " + zero + "\n",
		"tag":            "  newTag: none\n",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.commit("main", "kustomize", "manifests/admin/kustomization.yaml", "images:\n- name: reg.example/library/admin\n"+image)
			form := manifest.ByDigest
			if name == "tag" {
				form = manifest.ByTag
			}
			for i, commit := range w.source[1:] {
				out := w.run(form, commit, Opened)
				w.merge(out.Number, "squash")
				w.run(form, w.source[i], Superseded)
			}
		})
	}
}

// A version that is no commit is known by the proposal that put it there.
func TestNoVersionRollsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tagged := func(tag, commit string) Unit {
		s := service("admin", commit)
		s.Image.Tag = tag
		return Alone(s)
	}
	out, err := w.repo().Propose(t.Context(), tagged("v3", w.source[2]))
	if err != nil || out.Kind != Opened {
		t.Fatalf("%+v %v", out, err)
	}
	w.merge(out.Number, "squash")
	if out, err = w.repo().Propose(t.Context(), tagged("v2", w.source[1])); err != nil || out.Kind != Superseded || out.By != w.source[2] {
		t.Errorf("%+v %v", out, err)
	}
}

// What counts is what the base names now, not what it once named: where a person
// went back, a run may go on from there. A value that no proposal put there says nothing.
func TestWhatPeoplePutThereIsGoneOnFrom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	named := func(digest string) string {
		return strings.Replace(adminYAML, ":none", "@"+digest, 1)
	}
	for _, commit := range []string{w.source[0], w.source[2]} {
		w.merge(w.run(manifest.ByDigest, commit, Opened).Number, "squash")
		if _, err := w.repo().Client.Git.DeleteRef(t.Context(), "acme", "monorepo", "heads/adze/admin"); err != nil {
			t.Fatal(err)
		}
	}
	w.commit("main", "back to what ran before", "manifests/admin/app.yaml", named(digestOf(w.source[0])))
	w.run(manifest.ByDigest, w.source[1], Opened)
	w.run(manifest.ByDigest, w.source[0], Superseded) // for what is proposed now
	w.commit("main", "by hand", "manifests/admin/app.yaml", named(digestOf("nobody's")))
	w.run(manifest.ByDigest, w.source[2], Updated)
}

// The message of a pull request that proposes two services tells them apart, and
// a file that both are named in has a history of both.
func TestMergedPartsAreTheServicesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	both := "image: reg.example/library/admin@" + digestOf("a") + "\n---\nimage: reg.example/library/user@" + digestOf("u") + "\n"
	w.commit("main", "one file", "manifests/all.yaml", both)
	at := func(name, commit string) manifests.Service {
		s := inForm(manifest.ByDigest, name, commit)
		s.Paths = []string{"manifests/all.yaml"}
		return s
	}
	u := Unit{Key: "all", Services: []manifests.Service{at("admin", w.source[2]), at("user", w.source[0])}}
	out, err := w.repo().Propose(t.Context(), u)
	if err != nil || out.Kind != Opened {
		t.Fatalf("%+v %v", out, err)
	}
	w.merge(out.Number, "squash")
	for name, want := range map[string]Kind{"admin": Superseded, "user": Opened} {
		if out, err := w.repo().Propose(t.Context(), Alone(at(name, w.source[1]))); err != nil || out.Kind != want {
			t.Errorf("%s: %+v %v, want %s", name, out, err, want)
		}
	}
}

func TestVersionOfAValue(t *testing.T) {
	commit, digest := strings.Repeat("a1", 20), digestOf("")
	for value, want := range map[string][3]string{
		"r.example:5000/admin:" + commit:      {"", commit, commit},
		"r.example:5000/admin:v1@" + digest:   {digest, "v1", ""},
		"r.example:5000/admin@" + digest:      {digest, "", ""},
		"r.example:5000/admin":                {"", "", ""},
		digest:                                {digest, "", ""},
		commit:                                {"", commit, commit},
		strings.TrimPrefix(digest, "sha256:"): {"", strings.TrimPrefix(digest, "sha256:"), ""},
		"v1":                                  {"", "v1", ""},
		"":                                    {"", "", ""},
		"sha256:v1/app":                       {"", "", ""},
		"admin:" + commit + "@" + digest:      {digest, commit, commit},
		"r.example/admin:" + strings.ToUpper(commit): {"", strings.ToUpper(commit), ""},
	} {
		d, tag, c := version(value)
		if got := [3]string{d, tag, c}; got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
}

// A commit that takes back another's work may be built into the image that runs
// already. What the base names is then newer than it looks.
func TestAnImageThatTwoCommitsShare(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.merge(w.run(manifest.ByDigest, w.source[0], Opened).Number, "squash")
	w.run(manifest.ByDigest, w.source[1], Opened)
	back := inForm(manifest.ByDigest, "admin", w.source[2])
	back.Image.Digest = digestOf(w.source[0])
	out, err := w.repo().Propose(t.Context(), Alone(back))
	if err != nil || out.Kind != Unchanged || len(w.pulls("open")) != 0 {
		t.Fatalf("got %+v, %v, and %d pull requests are open", out, err, len(w.pulls("open")))
	}
	if out := w.run(manifest.ByDigest, w.source[1], Superseded); out.By != w.source[2] || len(w.pulls("open")) != 0 {
		t.Errorf("got %+v", out)
	}
	next := w.commit("main", "work 4", "microservices/admin/main.go", "package main // 4\n")
	w.run(manifest.ByDigest, next, Opened)
}
