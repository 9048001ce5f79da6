// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/internal/manifest"
)

const onAdmin = "adze/admin"

// at is where a branch is; it has to be.
func (w *world) at(branch string) string {
	w.t.Helper()
	tip, err := w.repo().tip(w.t.Context(), branch)
	if err != nil || tip == "" {
		w.t.Fatalf("%s is at %q, %v", branch, tip, err)
	}
	return tip
}

// read reads the commit that a branch is at, or that has an id.
func (w *world) read(name string) *github.Commit {
	w.t.Helper()
	if !isCommit(name) {
		name = w.at(name)
	}
	c, _, err := w.repo().Client.Git.GetCommit(w.t.Context(), "acme", "monorepo", name)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// make makes a commit with some files on top of a tree, and moves a branch, if
// one is named, there by force.
func (w *world) make(branch, message, on string, parents []string, files map[string]string) string {
	w.t.Helper()
	git, ctx := w.repo().Client.Git, w.t.Context()
	top := w.read(on)
	c := &github.Commit{Message: &message, Tree: top.Tree}
	for _, p := range parents {
		c.Parents = append(c.Parents, &github.Commit{SHA: github.String(p)})
	}
	var entries []*github.TreeEntry
	for path, text := range files {
		path, mode, _ := strings.Cut(path, "#")
		if mode == "" {
			mode = "100644"
		}
		entries = append(entries, &github.TreeEntry{Path: &path, Mode: &mode, Type: github.String("blob"), Content: &text})
	}
	if len(entries) > 0 {
		var err error
		if c.Tree, _, err = git.CreateTree(ctx, "acme", "monorepo", top.GetTree().GetSHA(), entries); err != nil {
			w.t.Fatal(err)
		}
	}
	made, _, err := git.CreateCommit(ctx, "acme", "monorepo", c, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if branch != "" {
		w.force(branch, made.GetSHA())
	}
	return made.GetSHA()
}

const moreReplicas = "replicas: 9"

// replicas is the manifest on a ref with other replicas.
func (w *world) replicas(ref string) string {
	w.t.Helper()
	return strings.Replace(w.file("manifests/admin/app.yaml", ref), "replicas: 2", moreReplicas, 1)
}

// A person who has the forge bring the branch up to date, by merge or by rebase,
// has done no work of their own: it is still ours, and nothing has to be written.
func TestABroughtUpToDateBranchIsStillOurs(t *testing.T) {
	t.Parallel()
	for _, form := range forms[:2] {
		for name, bring := range map[string]func(w *world, number int){
			"by merge": func(w *world, number int) {
				_, _, err := w.repo().Client.PullRequests.UpdateBranch(w.t.Context(), "acme", "monorepo", number, nil)
				if accepted := (*github.AcceptedError)(nil); err != nil && !errors.As(err, &accepted) {
					w.t.Fatal(err)
				}
			},
			"by rebase": func(w *world, _ int) {
				w.make(onAdmin, w.read(onAdmin).GetMessage(), "main", []string{w.at("main")}, map[string]string{
					"manifests/admin/app.yaml": strings.Replace(w.file("manifests/admin/app.yaml", onAdmin), "replicas: 2", moreReplicas, 1)})
			},
			"by an amended message": func(w *world, _ int) {
				tip := w.read(onAdmin)
				w.make(onAdmin, tip.GetMessage()+"Signed-off-by: A <a@example.com>\n", tip.GetSHA(), []string{tip.Parents[0].GetSHA()}, nil)
			},
		} {
			t.Run(fmt.Sprint(form, " ", name), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				first := w.run(form, w.source[0], Opened)
				old := w.at(onAdmin)
				w.commit("main", "by hand", "manifests/admin/app.yaml", w.replicas("main"))
				w.commit("main", "web", "microservices/web/main.go", "package web\n")
				bring(w, first.Number)
				if w.at(onAdmin) == old {
					t.Fatal("the branch did not move")
				}
				if name != "by an amended message" {
					w.forge.ResetRequests()
					w.run(form, w.source[0], Unchanged)
					if n := w.writes(); n > 0 {
						t.Errorf("%d writes: %v", n, w.forge.CountRequests())
					}
				}
				if out := w.run(form, w.source[1], Updated); out.Number != first.Number {
					t.Errorf("got %+v", out)
				}
				if got := w.file("manifests/admin/app.yaml", onAdmin); !strings.Contains(got, moreReplicas) {
					t.Errorf("the base's work is lost:\n%s", got)
				}
			})
		}
	}
}

// What a person did beside or instead of our edit is theirs, also where it came
// in by a merge or hides behind a message of ours.
func TestHandWorkIsNeverLost(t *testing.T) {
	t.Parallel()
	edited := func(w *world) string { return w.file("manifests/admin/app.yaml", onAdmin) }
	for name, work := range map[string]func(w *world) string{
		"a merge of the base with a file of their own": func(w *world) string {
			return w.make(onAdmin, "Merge branch 'main' into adze/admin", "main", []string{w.at(onAdmin), w.at("main")},
				map[string]string{"manifests/admin/app.yaml": edited(w), "manifests/admin/extra.yaml": "theirs"})
		},
		"a merge of the base that changed another file": func(w *world) string {
			return w.make(onAdmin, "Merge branch 'main' into adze/admin", "main", []string{w.at(onAdmin), w.at("main")},
				map[string]string{"manifests/admin/app.yaml": edited(w), "manifests/user/app.yaml": "image: reg.example/library/user:theirs"})
		},
		"a merge of the base that changed our file": func(w *world) string {
			return w.make(onAdmin, "Merge branch 'main' into adze/admin", "main", []string{w.at(onAdmin), w.at("main")},
				map[string]string{"manifests/admin/app.yaml": edited(w) + "theirs: 1\n"})
		},
		"a merge of another branch": func(w *world) string {
			other := w.make("", "theirs", "main", []string{w.at("main")}, map[string]string{"manifests/user/app.yaml": "image: reg.example/library/user:theirs"})
			return w.make(onAdmin, "Merge branch 'feature' into adze/admin", other, []string{w.at(onAdmin), other}, map[string]string{"manifests/admin/app.yaml": edited(w)})
		},
		"our message, amended content": func(w *world) string {
			return w.make(onAdmin, w.read(onAdmin).GetMessage(), onAdmin, []string{w.at("main")}, map[string]string{"manifests/admin/app.yaml": edited(w) + "theirs: 1\n"})
		},
		"our message, another mode": func(w *world) string {
			return w.make(onAdmin, w.read(onAdmin).GetMessage(), onAdmin, []string{w.at("main")}, map[string]string{"manifests/admin/app.yaml#100755": edited(w)})
		},
		"our message and content, and a file more": func(w *world) string {
			return w.make(onAdmin, w.read(onAdmin).GetMessage(), onAdmin, []string{w.at("main")}, map[string]string{"theirs": "theirs"})
		},
		"an edit taken back in part": func(w *world) string {
			return w.make(onAdmin, "not yet", onAdmin, []string{w.at(onAdmin)}, map[string]string{"manifests/admin/app.yaml": adminYAML})
		},
		"a commit of their own below ours": func(w *world) string {
			below := w.make("", "theirs", "main", []string{w.at("main")}, map[string]string{"theirs": "theirs"})
			return w.make(onAdmin, w.read(onAdmin).GetMessage(), below, []string{below}, map[string]string{"manifests/admin/app.yaml": edited(w)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			form := forms[len(name)%len(forms)]
			w := newWorld(t)
			w.run(form, w.source[0], Opened)
			w.commit("main", "web", "microservices/web/main.go", "package web\n")
			theirs := work(w)
			if _, err := w.repo().Propose(t.Context(), Alone(inForm(form, "admin", w.source[1]))); !errors.Is(err, ErrForeign) {
				t.Errorf("%s: got %v", form, err)
			}
			if now := w.at(onAdmin); now != theirs {
				t.Errorf("the branch went from %.7s to %.7s", theirs, now)
			}
		})
	}
}

// A branch that a person put more commits on than a page of them holds is theirs.
func TestManyCommitsOfAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(manifest.ByTag, w.source[0], Opened)
	tip := w.at(onAdmin)
	for i := range 101 {
		tip = w.make(onAdmin, "theirs", tip, []string{tip}, map[string]string{"theirs": fmt.Sprint(i)})
	}
	if _, err := w.repo().Propose(t.Context(), Alone(inForm(manifest.ByTag, "admin", w.source[1]))); !errors.Is(err, ErrForeign) {
		t.Errorf("got %v", err)
	}
	if w.at(onAdmin) != tip {
		t.Error("the branch moved")
	}
}

// The base goes on all the time; what it changed elsewhere dismisses no approvals.
func TestTheBaseMovedElsewhere(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]forge.Fault{
		"by GraphQL": {},
		"by REST":    {Path: "/graphql$", Count: -1, Status: 404, Answer: `{"message":"Not Found"}`},
	} {
		for _, form := range forms[:2] {
			t.Run(fmt.Sprint(form, " ", name), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				if fault.Path != "" {
					if err := w.forge.AddFault(fault); err != nil {
						t.Fatal(err)
					}
				}
				first, tip := w.run(form, w.source[0], Opened), w.at(onAdmin)
				w.commit("main", "web", "microservices/web/main.go", "package web\n")
				w.commit("main", "beside ours", "manifests/user/app.yaml", "image: reg.example/library/user:v1")
				w.forge.ResetRequests()
				if out := w.run(form, w.source[0], Unchanged); out.Number != first.Number || w.at(onAdmin) != tip {
					t.Errorf("got %+v, the branch at %.7s, want %.7s", out, w.at(onAdmin), tip)
				}
				if n := w.writes(); n > fault.Count*fault.Count { // the question that the fault answers
					t.Errorf("%d writes: %v", n, w.forge.CountRequests())
				}
				// In the file itself, it is taken up.
				w.commit("main", "by hand", "manifests/admin/app.yaml", w.replicas("main"))
				w.run(form, w.source[0], Updated)
				if got := w.file("manifests/admin/app.yaml", onAdmin); !strings.Contains(got, moreReplicas) {
					t.Errorf("got:\n%s", got)
				}
				w.run(form, w.source[0], Unchanged)
			})
		}
	}
}

// What a forced push took away from the base is not left in the pull request.
func TestWhatTheBaseLostIsNotProposed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kept := w.at("main")
	w.commit("main", "web: first try", "microservices/web/main.go", "package web\n")
	w.run(manifest.ByDigest, w.source[0], Opened)
	w.force("main", kept)
	w.run(manifest.ByDigest, w.source[0], Updated)
	cmp, _, err := w.repo().Client.Repositories.CompareCommits(t.Context(), "acme", "monorepo", "main", onAdmin, nil)
	if err != nil || cmp.GetAheadBy() != 1 || len(cmp.Files) != 1 {
		t.Errorf("the branch is %d commits ahead with %d files, %v", cmp.GetAheadBy(), len(cmp.Files), err)
	}
}
