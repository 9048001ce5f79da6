// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/step"
)

// wide is a repository with many folders, of which three hold services.
func wide(t *testing.T, entries int) *Repository {
	t.Helper()
	w := newWorld(t)
	files := map[string]string{"manifests/a/app.yaml": "image: reg.example/a:1\n", "manifests/b/deep/er/app.yaml": "image: reg.example/b:1\n"}
	for i := range 40 {
		files[fmt.Sprintf("docs/%d/pages/text.md", i)] = "text\n"
	}
	for _, s := range []string{"a", "b", "c"} {
		files["apps/"+s+"/Dockerfile"] = "FROM scratch\n"
	}
	if err := w.forge.CreateRepo(t.Context(), forge.RepoOptions{Owner: "acme", Name: "wide", Files: files}); err != nil {
		t.Fatal(err)
	}
	w.forge.SetLimits(forge.Limits{TreeEntries: entries})
	r := w.repo()
	r.Name, r.SourceName = "wide", "wide"
	w.forge.ResetRequests()
	t.Cleanup(func() {
		if n := len(w.forge.Requests()); n > 12 {
			t.Errorf("%d requests for three services: %v", n, w.forge.CountRequests())
		}
	})
	return r
}

func TestServicesOfARepositoryThatIsTooLargeForOneList(t *testing.T) {
	for name, entries := range map[string]int{"cut short": 10, "whole": 0} {
		t.Run(name, func(t *testing.T) {
			r := wide(t, entries)
			cfg, err := monorepo.Parse("adze.yaml", []byte("apiVersion: adze.dev/v1alpha1\nkind: Monorepo\nregistry: reg.example\nservices:\n  discover: [\"apps/*\", \"none/*\"]\n"))
			if err != nil {
				t.Fatal(err)
			}
			tree, err := r.SourceTree(t.Context(), "main")
			if err != nil {
				t.Fatal(err)
			}
			services, err := cfg.Resolve(t.Context(), tree)
			if err != nil {
				t.Fatal(err)
			}
			if got := services.Names(); !slices.Equal(got, []string{"a", "b", "c"}) {
				t.Errorf("found %v", got)
			}
			listed, err := tree.List(t.Context(), []string{"apps/a/Dockerfile", "apps/none", "apps/none/deep", "apps/a"})
			if err != nil || len(listed) != 1 || len(listed["apps/a"]) != 1 {
				t.Errorf("got %v, %v", listed, err)
			}
		})
	}
}

func TestManifestsOfARepositoryThatIsTooLargeForOneList(t *testing.T) {
	r := wide(t, 3)
	at, err := r.snapshot(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	files, err := at.List(t.Context(), "manifests")
	if err != nil || len(files) != 2 {
		t.Errorf("got %v, %v", files, err)
	}
	left := 3
	_, err = at.allBelow(t.Context(), at.tree, "", &left)
	if hints := strings.Join(step.Hints(err), "\n"); err == nil || !strings.Contains(hints, "--path") {
		t.Errorf("got %v, hints %q", err, hints)
	}
}

func TestFoldersAreBounded(t *testing.T) {
	r := wide(t, 3)
	tree, err := r.SourceTree(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	few := tree.(*folders) //nolint:forcetypeassert // the list is cut short
	few.left = 2
	_, err = few.List(t.Context(), []string{"docs/1/pages"})
	if hints := strings.Join(step.Hints(err), "\n"); err == nil || !strings.Contains(hints, "services.discover") {
		t.Errorf("got %v, hints %q", err, hints)
	}
}

func TestAFileOfTheSources(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.repo()
	w.forge.ResetRequests()
	if b, err := r.SourceFile(t.Context(), "adze.yaml", w.source[0]); err != nil || b != nil || len(w.forge.Requests()) != 1 {
		t.Errorf("a file that is missing: %q, %v after %d requests", b, err, len(w.forge.Requests()))
	}
	_, err := r.SourceFile(t.Context(), "adze.yaml", nowhere)
	if hints := strings.Join(step.Hints(err), "\n"); step.CodeOf(err) != step.CodeFailed || !strings.Contains(hints, "--revision") {
		t.Errorf("a commit that is missing: %v, hints %q", err, hints)
	}
	w.fault(forge.Fault{Path: "/contents/", Status: 404, Count: 2, Answer: `{"message":"No commit found for the ref abc"}`})
	if b, err := r.SourceFile(t.Context(), "microservices/admin/main.go", w.source[0]); err != nil || len(b) == 0 {
		t.Errorf("a commit that is not seen yet: %q, %v", b, err)
	}
}
